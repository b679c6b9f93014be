import type { Entrant } from '../measure/compare.ts'
import {
  ASYNC_PEERS,
  type AsyncHitOptions,
  type AsyncName,
  HITS_AN_OPERATION,
} from './async-hit-contender.ts'
import { OURS, PEERS, type PeerName } from './peer-caches.ts'
import type { PeerContenderOptions, PeerWork } from './peer-contender.ts'
import type { PeerMemoryOptions } from './peer-memory-contender.ts'

export interface PeerSettings {
  readonly peersDirectory: string
  readonly seed: number
  /** Ours alone, with ten million entries and, to compare with, a hundred thousand. */
  readonly large?: boolean
}

/** One kind of work, done by all; the first is the limit. */
export interface PeerComparison {
  readonly workload: string
  readonly limit: string
  /** With whom the others are compared, beside the limit. */
  readonly references: readonly string[]
  readonly entrants: readonly Entrant[]
}

const SMALL = 10_000
const LARGE = 100_000
const HUGE = 10_000_000

/** What `bench peers` measures, in the order of the report. */
export function peerComparisons(settings: PeerSettings): PeerComparison[] {
  if (settings.large) return LARGE_WORK.map((each) => comparisonOf(settings, LARGE_OURS, each))
  const comparisons = WORK.map((each) => comparisonOf(settings, [...OURS, ...PEERS], each))
  return [...comparisons, asyncHits(settings)]
}

type Work = readonly [workload: string, limit: PeerName, work: PeerWork, entries: number]

const WORK: readonly Work[] = [
  ['get, all hits, the same key strings', 'Map', 'hits', SMALL],
  ['get, all hits, the same key strings', 'Map', 'hits', LARGE],
  ['get, all hits, equal copies of the keys', 'Map', 'hits with copies', SMALL],
  ['get, all hits, equal copies of the keys', 'Map', 'hits with copies', LARGE],
  ['zipf over ten times the keys, a miss fills', 'Map + ring', 'zipf with fill', SMALL],
  ['put of a new key, each evicts (our store does nothing)', 'Map + ring', 'put with eviction', SMALL],
  ['put of a resident key (our store does nothing)', 'Map', 'update', SMALL],
]

const LARGE_OURS: readonly PeerName[] = ['ours, fifo', 'ours, sieve', 'ours, adaptive']
const LARGE_WORK: readonly Work[] = [LARGE, HUGE].flatMap((entries): Work[] => [
  ['get, all hits, the same key strings', 'Map', 'hits', entries],
  ['put of a resident key (our store does nothing)', 'Map', 'update', entries],
])

function comparisonOf(
  settings: PeerSettings,
  names: readonly PeerName[],
  [workload, limit, work, entries]: Work,
): PeerComparison {
  const entrants = [limit, ...names].map((peer): Entrant => {
    const options: PeerContenderOptions = { ...settings, peer, work, entries }
    return { name: peer, spec: { module: moduleOf('peer-contender'), options } }
  })
  const references = names.includes('lru-cache') ? ['lru-cache'] : []
  return { workload: titleOf(workload, entries), limit, references, entrants }
}

function asyncHits(settings: PeerSettings): PeerComparison {
  const limit: AsyncName = 'async Map.get'
  const names: readonly AsyncName[] = [limit, 'ours, AsyncWriteThroughCache', ...ASYNC_PEERS]
  const entrants = names.map((peer): Entrant => {
    const options: AsyncHitOptions = { ...settings, peer, entries: SMALL }
    const spec = { module: moduleOf('async-hit-contender'), options }
    return { name: peer, spec, entriesPerOperation: HITS_AN_OPERATION }
  })
  return { workload: titleOf('await get, all hits', SMALL), limit, references: ASYNC_PEERS, entrants }
}

/** What each takes for an entry; measured once. */
export function memoryEntrants({ peersDirectory }: PeerSettings): Entrant[] {
  const names: readonly PeerName[] = ['Map', 'Map + ring', ...OURS, ...PEERS]
  return names.map((peer) => {
    const options: PeerMemoryOptions = { peer, entries: LARGE, peersDirectory }
    return { name: peer, spec: { module: moduleOf('peer-memory-contender'), options } }
  })
}

/** The title of what is said about memory. */
export const MEMORY: string = titleOf('bytes an entry, beyond the key and the value', LARGE)

/** All titles of the report. */
export function peerTitles(large = false): string[] {
  const titles = peerComparisons({ peersDirectory: '', seed: 1, large }).map(({ workload }) => workload)
  return large ? titles : [...titles, MEMORY]
}

function titleOf(workload: string, entries: number): string {
  return `${workload}, ${entries.toLocaleString('en')} entries`
}

function moduleOf(name: string): string {
  return new URL(`./${name}.ts`, import.meta.url).href
}
