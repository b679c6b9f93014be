import { describe, expect, test } from 'vitest'
import {
  adaptive,
  type EvictionPolicy,
  lru,
  s3Fifo,
  sieve,
  type WriteThroughCache,
  wTinyLfu,
} from '../../src/index.ts'
import { cacheOver, MapStore } from '../fixtures.ts'
import { randomNumbers } from './random.ts'

const random = randomNumbers(20_260_411)

/** A few keys are asked for often, most hardly ever. */
function favourites(length: number, keys: number): number[] {
  return Array.from({ length }, () => Math.floor(keys ** (random(1_000_000) / 1_000_000)) - 1)
}

/** What was new a moment ago is asked for, and soon no more. */
function fashions(length: number, keys: number): number[] {
  return Array.from({ length }, (_, time) => 1_000_000 + Math.floor(time / 8) - favourites(1, keys)[0]!)
}

/** All keys in their order, again and again. */
function loop(length: number, keys: number): number[] {
  return Array.from({ length }, (_, time) => 2_000_000 + (time % keys))
}

/** The favourites, and every now and then many keys that are asked for once. */
function favouritesAndScans(length: number, keys: number): number[] {
  const requests = favourites(length, keys)
  return requests.map((key, time) => (time % 2000 < 500 ? 3_000_000 + time : key))
}

function replay(requests: readonly number[], capacity: number, policy: EvictionPolicy) {
  const store = new MapStore<number, number>()
  for (const key of requests) store.entries.set(key, key)
  const cache = cacheOver(store, { capacity, policy })
  for (const key of requests) cache.get(key)
  return { hitPercent: (100 * cache.stats().cacheHits) / requests.length, residents: keysOf(cache) }
}

function keysOf(cache: WriteThroughCache<number, number>): number[] {
  return Array.from(cache.entries(), ([key]) => key)
}

function hitPercent(requests: readonly number[], capacity: number, policy: EvictionPolicy): number {
  return replay(requests, capacity, policy).hitPercent
}

describe.each([
  ['every key is in the miniatures', 200, 20_000],
  ['keys are sampled', 2500, 100_000],
])('a cache where %s', (_what, capacity, length) => {
  test('hits in a loop that is larger than it, where recency never does', () => {
    const requests = loop(length, capacity * 2)
    expect(hitPercent(requests, capacity, lru())).toBe(0)
    expect(hitPercent(requests, capacity, adaptive())).toBeGreaterThan(40)
  })

  test('stays within a point of lru where recency counts, and frequency misleads', () => {
    const requests = fashions(length, capacity * 8)
    const recency = hitPercent(requests, capacity, lru())
    expect(hitPercent(requests, capacity, wTinyLfu())).toBeLessThan(recency - 5)
    expect(hitPercent(requests, capacity, adaptive())).toBeGreaterThan(recency - 1)
  })

  test('keeps lasting favourites as wTinyLfu does', () => {
    const requests = favourites(length, capacity * 4)
    const ours = hitPercent(requests, capacity, adaptive())
    expect(ours).toBeGreaterThan(hitPercent(requests, capacity, wTinyLfu()) - 1)
  })

  test('keeps favourites through scans as wTinyLfu does, and better than lru', () => {
    const requests = favouritesAndScans(length, capacity * 20)
    const ours = hitPercent(requests, capacity, adaptive())
    expect(ours).toBeGreaterThan(hitPercent(requests, capacity, wTinyLfu()) - 2)
    expect(ours).toBeGreaterThan(hitPercent(requests, capacity, lru()) + 4)
  })

  test('beats every other policy when the requests change their kind', () => {
    const phase = length / 3
    const requests = [
      ...loop(phase, capacity * 1.2),
      ...fashions(phase, capacity * 8),
      ...loop(phase, capacity * 1.2),
    ]
    const ours = hitPercent(requests, capacity, adaptive())
    for (const policy of [lru(), sieve(), s3Fifo(), wTinyLfu()])
      expect(ours, policy.name).toBeGreaterThan(hitPercent(requests, capacity, policy))
  })

  test('holds the same after the same requests', () => {
    const requests = [...favourites(length / 2, capacity * 10), ...fashions(length / 2, capacity * 8)]
    const once = replay(requests, capacity, adaptive())
    expect(replay(requests, capacity, adaptive())).toEqual(once)
  })
})

test('a cache that is emptied and filled again, wide and narrow, keeps its books right', () => {
  const cache = cacheOver(new MapStore<number, number>(), { capacity: 3000, policy: adaptive() })
  for (const size of [3000, 10, 2500, 600, 100, 4000]) {
    for (const key of keysOf(cache).slice(size)) cache.invalidate(key)
    cache.assertInvariants()
    for (let key = 0; key < size; key++) cache.put(size * 10_000 + key, key)
    for (let key = 0; key < size; key++) cache.get(size * 10_000 + key)
    cache.assertInvariants()
    expect(cache.size).toBeLessThanOrEqual(3000)
  }
})
