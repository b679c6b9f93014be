import { expect, test } from 'vitest'
import { peerComparisons } from '../../src/workloads/peer-comparisons.ts'
import { createContender, type PeerName } from '../../src/workloads/peer-contender.ts'

const settings = { seed: 1, peersDirectory: 'not needed by these' }
const names: readonly PeerName[] = ['Map', 'ours, fifo', 'ours, lru']

test.each(names)('%s answers every request of a workload of hits, also by copies of the keys', (peer) => {
  for (const work of ['hits', 'hits with copies'] as const) {
    const { operation } = createContender({ peer, work, entries: 100, ...settings })
    expect(() => {
      for (let index = 0; index < 1000; index++) operation(index)
    }).not.toThrow()
  }
})

test('every comparison has our cache, lru-cache and its limit', () => {
  for (const { limit, entrants } of peerComparisons(settings)) {
    expect(entrants.map(({ name }) => name)).toEqual([limit, 'ours, fifo', 'ours, lru', 'lru-cache'])
  }
})
