import { expect, test } from 'vitest'
import type { ClientResult } from '../../src/coherence/client.ts'
import { staleness } from '../../src/coherence/staleness.ts'

function result(some: Partial<ClientResult>): ClientResult {
  const nothing = { elapsedMs: 0, gets: 0, probeLoads: 0, writes: 0, told: 0, newest: 0 }
  return { ...nothing, acknowledgedMs: [], lastOlderMs: [], ...some }
}

const writer = result({
  newest: 3,
  acknowledgedMs: [
    [1, 100],
    [2, 110],
    [3, 120],
  ],
})

test('a hit is stale from the acknowledgement of the write to the last older hit, and not before', () => {
  const early = result({ newest: 3, lastOlderMs: [1, 2, 3].map((write) => [write, 90 + 10 * write - 5]) })
  const late = result({ newest: 3, lastOlderMs: [1, 2, 3].map((write) => [write, 90 + 10 * write + 7]) })
  expect(staleness([writer, early])).toEqual({ p50Ms: 0, p99Ms: 0, seen: 3, unseen: 0 })
  expect(staleness([writer, late])).toEqual({ p50Ms: 7, p99Ms: 7, seen: 3, unseen: 0 })
  expect(staleness([writer, early, late])).toMatchObject({ seen: 6, p99Ms: 7 })
})

test('what a process has not seen at the end is unseen', () => {
  const slow = result({ newest: 1, lastOlderMs: [[1, 103]] })
  const never = result({})
  expect(staleness([writer, slow, never])).toEqual({ p50Ms: 3, p99Ms: 3, seen: 1, unseen: 5 })
  expect(staleness([writer, never])).toMatchObject({ p50Ms: Number.NaN, seen: 0, unseen: 3 })
})
