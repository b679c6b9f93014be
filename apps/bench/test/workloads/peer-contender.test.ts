import { expect, test } from 'vitest'
import { createContender as createAsync, HITS_AN_OPERATION } from '../../src/workloads/async-hit-contender.ts'
import { OURS } from '../../src/workloads/peer-caches.ts'
import { memoryEntrants, peerComparisons } from '../../src/workloads/peer-comparisons.ts'
import { createContender } from '../../src/workloads/peer-contender.ts'
import { createContender as createWeighed } from '../../src/workloads/peer-memory-contender.ts'

const settings = { seed: 1, peersDirectory: 'not needed by these' }

test.each(['Map', ...OURS] as const)(
  '%s answers every request of a workload of hits, also by copies of the keys',
  (peer) => {
    for (const work of ['hits', 'hits with copies'] as const) {
      const { operation } = createContender({ peer, work, entries: 100, ...settings })
      expect(() => {
        for (let index = 0; index < 1000; index++) operation(index)
      }).not.toThrow()
    }
  },
)

test('every comparison has its limit, whom it compares with, and our cache: under each policy, or the asynchronous one', () => {
  for (const { limit, references, entrants } of peerComparisons(settings)) {
    const names = entrants.map(({ name }) => name)
    expect(names[0]).toBe(limit)
    expect(names).toEqual(expect.arrayContaining([...references]))
    const ours = references.includes('lru-cache') ? OURS : ['ours, AsyncWriteThroughCache']
    expect(names.filter((name) => name.startsWith('ours'))).toEqual(ours)
  }
  expect(memoryEntrants(settings).map(({ name }) => name)).toEqual(expect.arrayContaining([...OURS]))
})

test('what a cache takes for an entry is more than nothing, and more than a Map takes', () => {
  const bytesOf = (peer: 'Map' | 'ours, lru'): number =>
    createWeighed({ peer, entries: 20_000, ...settings }).facts!().bytesPerEntry!
  expect(bytesOf('Map')).toBeGreaterThan(8)
  expect(bytesOf('ours, lru')).toBeGreaterThan(bytesOf('Map') + 8)
})

test.each(['async Map.get', 'ours, AsyncWriteThroughCache'] as const)(
  '%s answers every asynchronous hit: a miss would fail the round',
  async (peer) => {
    const { operation } = await createAsync({ peer, entries: HITS_AN_OPERATION, ...settings })
    for (let index = 0; index < 10; index++) await operation(index)
  },
)
