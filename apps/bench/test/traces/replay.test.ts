import { fifo, lru } from '@wt/core'
import { InMemoryStore } from '@wt/store-memory'
import { expect, test } from 'vitest'
import { parseTrace } from '../../src/traces/read-trace.ts'
import { replay } from '../../src/traces/replay.ts'
import { seededRandom } from '../../src/workloads/random.ts'
import { zipf } from '../../src/workloads/zipf.ts'

const SEED = 4711
const trace = parseTrace(zipf(300, 5000, seededRandom(SEED)).join('\n'), 'generated')

function contender(policy: ReturnType<typeof fifo>, capacity = 30) {
  const store = new InMemoryStore<string, string>()
  for (const key of trace.keys) store.store(key, `value of ${key}`)
  return replay(trace, store, capacity, policy)
}

/** Hits of a list that is searched from end to end: slow, and plain to see right. */
function naiveHitRatio(capacity: number, renewsOnHit: boolean): number {
  const residents: number[] = []
  let hits = 0
  for (const request of trace.requests) {
    const place = residents.indexOf(request)
    if (place >= 0) hits++
    if (place >= 0 && renewsOnHit) residents.splice(place, 1)
    if (place < 0 || renewsOnHit) residents.push(request)
    if (residents.length > capacity) residents.shift()
  }
  return hits / trace.requests.length
}

test('the hit ratio is that of a naive simulation, under FIFO and under LRU', () => {
  expect(contender(fifo()).facts?.().hitRatio, `seed ${SEED}`).toBe(naiveHitRatio(30, false))
  expect(contender(lru()).facts?.().hitRatio, `seed ${SEED}`).toBe(naiveHitRatio(30, true))
  expect(naiveHitRatio(30, true)).not.toBe(naiveHitRatio(30, false))
})

test('a round is one pass over the trace, and begins with an empty cache', () => {
  const { operation, beforeRound, operationsPerRound, facts } = contender(lru())
  expect(operationsPerRound).toBe(trace.requests.length)
  const before = facts?.()
  for (let round = 0; round < 2; round++) {
    beforeRound?.()
    for (let index = 0; index < operationsPerRound!; index++) operation(index)
  }
  expect(facts?.()).toEqual(before)
})

test('a key that the store has lost ends the measurement', () => {
  const store = new InMemoryStore<string, string>()
  expect(() => replay(trace, store, 30, lru())).toThrow('it was stored and is not there')
})
