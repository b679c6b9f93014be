import type { Entrant } from '../measure/compare.ts'
import type { PeerContenderOptions, PeerName, PeerWork } from './peer-contender.ts'

const PEER_CONTENDER = new URL('./peer-contender.ts', import.meta.url).href

export interface PeerSettings {
  readonly peersDirectory: string
  readonly seed: number
}

export interface PeerEntrant extends Entrant {
  readonly name: PeerName
}

/** One kind of work, done by all; the first is the limit. */
export interface PeerComparison {
  readonly workload: string
  readonly limit: PeerName
  readonly entrants: readonly PeerEntrant[]
}

const SMALL = 10_000
const LARGE = 100_000

/** What `bench peers` measures, in the order of the report. */
export function peerComparisons(settings: PeerSettings): PeerComparison[] {
  const all: [string, PeerName, PeerWork, number][] = [
    ['get, all hits, the same key strings', 'Map', 'hits', SMALL],
    ['get, all hits, the same key strings', 'Map', 'hits', LARGE],
    ['get, all hits, equal copies of the keys', 'Map', 'hits with copies', SMALL],
    ['get, all hits, equal copies of the keys', 'Map', 'hits with copies', LARGE],
    ['zipf over ten times the keys, a miss fills', 'Map + ring', 'zipf with fill', SMALL],
    ['put of a new key, each evicts (our store does nothing)', 'Map + ring', 'put with eviction', SMALL],
    ['put of a resident key (our store does nothing)', 'Map', 'update', SMALL],
  ]
  return all.map(([workload, limit, work, entries]) => {
    const names: PeerName[] = [limit, 'ours, fifo', 'ours, lru', 'lru-cache']
    const entrants = names.map((peer) => {
      const options: PeerContenderOptions = { ...settings, peer, work, entries }
      return { name: peer, spec: { module: PEER_CONTENDER, options } }
    })
    return { workload: `${workload}, ${entries.toLocaleString('en')} entries`, limit, entrants }
  })
}
