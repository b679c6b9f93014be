import { join } from 'node:path'
import type { Durability } from '@wt/core'
import type { LimitName, LimitOptions } from '../limits/limit-contender.ts'
import type { Entrant } from '../measure/compare.ts'
import type { DatasetOptions } from './dataset.ts'
import { DEFAULT_DURABILITY, type StoreName } from './open-store.ts'
import type { PolicyName } from './policies.ts'
import type { RedisLimit } from './redis-comparisons.ts'
import type { StoreContenderOptions, Work } from './store-contender.ts'

export interface StoreSettings extends DatasetOptions {
  readonly stores: readonly StoreName[]
  readonly directory: string
  /** Of the small cache, or of the cache in front of a trace's store. */
  readonly capacity: number
  readonly policy: PolicyName
  readonly batch: number
  readonly tracePath?: string
}

/** Who takes part, and what the report says of them. */
export interface StoreEntrant extends Entrant {
  readonly workload: string
  readonly durability: Durability
  /** This and what follows is left out by limits. */
  readonly store?: StoreName | 'redis'
  /** The name of the entrant that is its limit. */
  readonly limit?: LimitName | RedisLimit
  readonly capacity?: number
  readonly policy?: PolicyName
  /** How many write at once, where that is what is compared. */
  readonly callers?: number
  /** The name of the entrant that is one caller alone. */
  readonly oneCaller?: string
}

/** What is measured side by side. All writes of one comparison survive the same. */
export interface Comparison {
  readonly title: string
  readonly entrants: readonly StoreEntrant[]
  /** A round of disk writes has to be longer to say as much. Default 1. */
  readonly roundFactor?: number
}

export const STORE_CONTENDER: string = new URL('./store-contender.ts', import.meta.url).href
export const LIMIT_CONTENDER: string = new URL('../limits/limit-contender.ts', import.meta.url).href
export const DISK_ROUND_FACTOR = 3

/** What `bench stores` measures, in the order of the report. */
export function storeComparisons(settings: StoreSettings): Comparison[] {
  const { stores, batch, capacity, policy } = settings
  const durable = stores.filter((store) => store !== 'memory')
  const memory = stores.filter((store) => store === 'memory')
  const puts: Work[] = ['put', 'put through a cache']
  const of = (title: string, works: Work[], who: readonly StoreName[], durability?: Durability): Comparison =>
    comparison(settings, title, works, who, durability)
  return [
    of('get from the cache', ['get from the cache'], stores),
    of(`get through a cache of ${capacity} entries, ${policy}`, ['get through a small cache'], stores),
    of('get from the store', ['get from the store'], stores),
    { ...of('put that survives a power cut', puts, durable, 'power'), roundFactor: DISK_ROUND_FACTOR },
    of('put that survives the process', puts, durable, 'process'),
    of('put that survives nothing', puts, memory, 'none'),
    of(`batch put of ${batch} that survives a power cut, entries`, ['batch put'], durable, 'power'),
    of(`batch put of ${batch} that survives nothing, entries`, ['batch put'], memory, 'none'),
    of('reopen: close, open, get', ['reopen'], durable),
  ].filter(({ entrants }) => entrants.some(({ store }) => store !== undefined))
}

/** What `bench stores --trace` measures. */
export function traceComparison(settings: StoreSettings, name: string): Comparison {
  const { stores, capacity, policy } = settings
  return comparison(settings, `trace ${name}, cache of ${capacity} entries, ${policy}`, ['trace'], stores)
}

function comparison(
  settings: StoreSettings,
  title: string,
  works: readonly Work[],
  stores: readonly StoreName[],
  fixed?: Durability,
): Comparison {
  const entrants = works.flatMap((work) => stores.map((store) => storeEntrant(settings, work, store, fixed)))
  const limits = new Map(entrants.map(({ limit, durability }) => [limit as LimitName, durability]))
  // One sync is the least that any durable write costs, whatever the store.
  if (fixed === 'power') limits.set('append + fdatasync', fixed)
  const work = works[0]!
  return {
    title,
    entrants: [...entrants, ...[...limits].map((limit) => limitEntrant(settings, work, ...limit))],
  }
}

function storeEntrant(
  settings: StoreSettings,
  work: Work,
  store: StoreName,
  fixed?: Durability,
): StoreEntrant {
  const durability = fixed ?? DEFAULT_DURABILITY[store]
  const batch = batchOf(settings, work)
  const { capacity, policy } = settings
  const hasSmallCache = work === 'trace' || work === 'get through a small cache'
  // Filled once for all comparisons. Of two that put side by side, each has its own: they would share a log and its locks.
  const directory = join(settings.directory, work === 'put through a cache' ? `${store} cached` : store)
  const options: StoreContenderOptions = { ...settings, work, store, durability, batch, directory }
  return {
    ...{ name: `${store}, ${work}`, workload: work, store, durability, limit: limitOf(work, store) },
    ...(hasSmallCache && { capacity, policy }),
    ...{ entriesPerOperation: batch, spec: { module: STORE_CONTENDER, options } },
  }
}

function limitEntrant(
  settings: StoreSettings,
  work: Work,
  limit: LimitName,
  durabilityOfStore: Durability,
): StoreEntrant {
  const durability = limit.startsWith('Map') ? 'none' : durabilityOfStore
  const batch = batchOf(settings, work)
  const directory = join(settings.directory, `limit ${limit}`)
  const options: LimitOptions = { ...settings, limit, durability, batch, directory }
  const spec = { module: LIMIT_CONTENDER, options }
  return { name: limit, workload: work, durability, entriesPerOperation: batch, spec }
}

function batchOf({ batch }: StoreSettings, work: Work): number {
  return work === 'batch put' ? batch : 1
}

/** The same work with nothing around it. What a cache answers is held against a `Map`, whatever the store. */
function limitOf(work: Work, store: StoreName): LimitName {
  switch (work) {
    case 'put':
    case 'put through a cache':
    case 'batch put':
      return { memory: 'Map.set', fs: 'replace a file', sqlite: 'SQL upsert' }[store] as LimitName
    case 'get from the store':
      return { memory: 'Map.get', fs: 'read a file', sqlite: 'SQL select' }[store] as LimitName
    case 'reopen':
      return store === 'fs' ? 'list + read a file' : 'open SQLite'
    default:
      return 'Map.get'
  }
}
