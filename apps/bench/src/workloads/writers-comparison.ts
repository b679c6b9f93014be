import { join } from 'node:path'
import type { LimitName, LimitOptions } from '../limits/limit-contender.ts'
import { CONCURRENT_STORES, type ConcurrentStore } from './concurrent-stores.ts'
import type { StoreName } from './open-store.ts'
import {
  type Comparison,
  DISK_ROUND_FACTOR,
  LIMIT_CONTENDER,
  STORE_CONTENDER,
  type StoreEntrant,
  type StoreSettings,
} from './store-comparisons.ts'
import type { StoreContenderOptions } from './store-contender.ts'
import type { WritersOptions } from './writers-contender.ts'

const WRITERS = 64
const WRITERS_CONTENDER = new URL('./writers-contender.ts', import.meta.url).href
const durability = 'power'

/** Many writers at once, against one writer, and against as many puts in one transaction written out by hand; none for memory. */
export function writersComparison(settings: StoreSettings): Comparison[] {
  const contenders = CONCURRENT_STORES.filter(({ store }) => settings.stores.includes(store))
  const stores = new Set(contenders.map(({ store }) => store))
  const limits = new Set(contenders.map(({ limit }) => limit))
  if (contenders.length === 0) return []
  const comparison: Comparison = {
    title: `put by ${WRITERS} writers at once that survives a power cut`,
    // Long enough that checkpoints of the log, which come once in some dozens of commits, meet all alike.
    roundFactor: 2 * DISK_ROUND_FACTOR,
    entrants: [
      ...contenders.map((contender) => writersEntrant(settings, contender)),
      ...[...stores].map((store) => oneWriter(settings, store, limitOf(contenders, store))),
      ...[...limits].map((limit) => limitEntrant(settings, limit)),
    ],
  }
  return [comparison]
}

function writersEntrant(settings: StoreSettings, contender: ConcurrentStore): StoreEntrant {
  const { name, store, limit } = contender
  const directory = join(settings.directory, name)
  const options: WritersOptions = { ...settings, name, directory, writers: WRITERS }
  return {
    ...{ name, workload: `put by ${WRITERS} writers, ${name}`, durability, store, limit },
    ...{ callers: WRITERS, oneCaller: oneWriterName(store) },
    spec: { module: WRITERS_CONTENDER, options },
  }
}

function oneWriter(settings: StoreSettings, store: StoreName, limit: LimitName): StoreEntrant {
  const directory = join(settings.directory, oneWriterName(store))
  const options: StoreContenderOptions = { ...settings, work: 'put', store, durability, batch: 1, directory }
  return {
    ...{ name: oneWriterName(store), workload: 'put by one writer', durability, store, limit, callers: 1 },
    spec: { module: STORE_CONTENDER, options },
  }
}

function limitEntrant(settings: StoreSettings, limit: LimitName): StoreEntrant {
  const batch = limit === 'SQL transaction' ? WRITERS : 1
  const directory = join(settings.directory, `writers ${limit}`)
  const options: LimitOptions = { ...settings, limit, durability, batch, directory }
  return {
    ...{ name: limit, workload: `put by ${WRITERS} writers`, durability, entriesPerOperation: batch },
    spec: { module: LIMIT_CONTENDER, options },
  }
}

function limitOf(contenders: readonly ConcurrentStore[], store: StoreName): LimitName {
  return contenders.find((contender) => contender.store === store)!.limit
}

function oneWriterName(store: StoreName): string {
  return `${store}, one writer`
}
