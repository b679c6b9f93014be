import { describe, expect, test } from 'vitest'
import { isLinearizable, read, write } from './histories/checker.ts'
import { runHistory } from './histories/simulation.ts'
import { smallestFailure } from './histories/smallest.ts'

const SEED = 1
const HISTORIES = 10_000

describe('the checker', () => {
  test.each([
    ['a read after a write', [write('w', 1, 2, 5), read('r', 3, 4, 5)], true],
    ['a stale read', [write('w', 1, 2, 5), read('r', 3, 4, undefined)], false],
    [
      'a read during a write, of either value',
      [write('w', 1, 4, 5), read('r', 2, 3, 5), read('s', 2, 3, undefined)],
      true,
    ],
    ['a value that flickers', [write('w', 1, 9, 5), read('r', 2, 3, 5), read('s', 4, 5, undefined)], false],
    [
      'writes at once, seen in one order',
      [write('v', 1, 9, 1), write('w', 1, 9, 2), read('r', 2, 3, 1), read('s', 4, 5, 2)],
      true,
    ],
    [
      'writes at once, seen in two orders',
      [write('v', 1, 9, 1), write('w', 1, 9, 2), read('r', 2, 3, 1), read('s', 4, 5, 2), read('t', 6, 7, 1)],
      false,
    ],
    ['a lost write that took effect', [write('w', 1, 2, 5, true), read('r', 3, 4, 5)], true],
    ['a lost write that did not', [write('w', 1, 2, 5, true), read('r', 3, 4, undefined)], true],
    [
      'a lost write that took effect after its time',
      [write('w', 1, 2, 5, true), read('r', 3, 4, undefined), read('s', 5, 6, 5)],
      false,
    ],
    ['a value from nowhere', [read('r', 1, 2, 7)], false],
  ])('judges %s', (_what, history, linearizable) => {
    expect(isLinearizable(history, undefined)).toBe(linearizable)
  })
})

test(`${HISTORIES} random histories from seed ${SEED} are linearizable, at rest each resident value is the stored one, and no rejection goes unhandled`, async () => {
  for (let seed = SEED; seed < SEED + HISTORIES; seed++) {
    await runHistory(seed).catch(async (error: Error) => {
      throw await smallestFailure(seed, error)
    })
  }
}, 120_000)
