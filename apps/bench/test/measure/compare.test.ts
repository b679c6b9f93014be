import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { compare, type Entrant, ratioOf, stepsOf } from '../../src/measure/compare.ts'
import { endAllContenders } from '../../src/measure/contender-process.ts'

const FIXTURE = new URL('../fixtures/contender.ts', import.meta.url).href
let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'wt-bench-test-'))
})

afterEach(async () => {
  await endAllContenders()
  rmSync(directory, { recursive: true, force: true })
})

function entrant(name: string, failAt?: number): Entrant {
  return { name, spec: { module: FIXTURE, options: { name, log: join(directory, 'log'), failAt } } }
}

test('rounds alternate between the contenders, and another one begins each', async () => {
  const entrants = [entrant('a'), entrant('b')]
  let steps = 0
  const onStep = (): void => {
    steps++
  }
  const measurements = await compare(entrants, { rounds: 2, roundMs: 1, operations: 1, onStep })
  const order = readFileSync(join(directory, 'log'), 'utf8').trim().split('\n')
  // The last four are the rounds; the warm-ups before them run as often as they need.
  expect(order.slice(-4)).toEqual(['a', 'b', 'b', 'a'])
  expect(measurements.map(({ name, speeds }) => [name, speeds.length])).toEqual([
    ['a', 2],
    ['b', 2],
  ])
  expect(steps).toBe(stepsOf(entrants, 2))
})

test('a contender that fails ends the comparison, and the error names it', async () => {
  const comparison = compare([entrant('good'), entrant('bad', 0)], { rounds: 1, roundMs: 1, operations: 1 })
  await expect(comparison).rejects.toThrow('bad: operation 0 failed')
})

test('a ratio is taken round by round, so that a slow moment of the machine cancels out', () => {
  const rest = { latencyMs: { p50: 0, p99: 0, p999: 0 }, samples: 0, facts: {} }
  const one = { name: 'one', speeds: [2, 20, 200], ...rest }
  const other = { name: 'other', speeds: [1, 10, 100], ...rest }
  expect(ratioOf(one, other)).toMatchObject({ median: 2, lowest: 2, highest: 2 })
})
