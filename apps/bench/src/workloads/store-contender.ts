import { mkdirSync } from 'node:fs'
import { type Durability, WriteThroughCache } from '@wt/core'
import type { Contender } from '../measure/contender.ts'
import { readTrace } from '../traces/read-trace.ts'
import { replay } from '../traces/replay.ts'
import { batchAt, type Dataset, type DatasetOptions, makeDataset } from './dataset.ts'
import { absent, filledStore, hitRatioOf, type Store } from './filled-store.ts'
import { openStore, type StoreName } from './open-store.ts'
import { type PolicyName, policyOf } from './policies.ts'

/** What is done to a store, on its own or behind a cache. */
export type Work =
  | 'get from the cache'
  | 'get through a small cache'
  | 'get from the store'
  | 'put'
  | 'put through a cache'
  | 'batch put'
  | 'reopen'
  | 'trace'

export interface StoreContenderOptions extends DatasetOptions {
  readonly work: Work
  readonly store: StoreName
  readonly durability: Durability
  readonly directory: string
  /** Of the cache, where it is smaller than the store. */
  readonly capacity: number
  readonly policy: PolicyName
  /** How many entries one batch has. */
  readonly batch: number
  readonly tracePath?: string
}

/** Makes the store in this process, filled, and what works on it. */
export async function createContender(options: StoreContenderOptions): Promise<Contender> {
  const { work, durability, directory, tracePath } = options
  mkdirSync(directory, { recursive: true })
  const open = await openStore(options.store, directory)
  const dataset = makeDataset(options)
  if (tracePath !== undefined) {
    const trace = readTrace(tracePath)
    const entries = trace.keys.map((key, index) => [key, dataset.valueAt(index)] as const)
    return replay(
      trace,
      filledStore(open, durability, directory, entries),
      options.capacity,
      policyOf(options.policy),
    )
  }
  const store = filledStore(open, durability, directory, dataset.entries())
  if (work === 'reopen') return reopen(store, () => open(durability), dataset)
  const isBare = work === 'get from the store' || work === 'put'
  const contender = isBare ? onStore(work, store, dataset) : onCache(options, store, dataset)
  return { ...contender, close: () => store.close?.() }
}

const HIT_RATIO_REQUESTS = 8192

type Operations = Omit<Contender, 'close'>

function onStore(work: Work, store: Store, { keyAt, valueAt }: Dataset): Operations {
  if (work === 'put') return { operation: (index) => store.store(keyAt(index), valueAt(index)) }
  return {
    operation(index) {
      if (store.load(keyAt(index)) === undefined) throw absent(keyAt(index))
    },
  }
}

function onCache(options: StoreContenderOptions, store: Store, dataset: Dataset): Operations {
  const { work, batch } = options
  const { keys, keyAt, valueAt } = dataset
  const capacity = work === 'get through a small cache' ? options.capacity : keys.length
  const cache = new WriteThroughCache(store, { capacity, policy: policyOf(options.policy) })
  if (work === 'put through a cache') {
    return { operation: (index) => cache.put(keyAt(index), valueAt(index)) }
  }
  if (work === 'batch put') {
    return { operation: (index) => cache.putMany(batchAt(dataset, index, batch)) }
  }
  const isSmall = work === 'get through a small cache'
  // The same requests for every store, so that all say the same hit ratio, however many operations fit their rounds.
  if (isSmall) for (let index = 0; index < HIT_RATIO_REQUESTS; index++) cache.get(keyAt(index))
  else for (const key of keys) cache.get(key)
  const hitRatio = hitRatioOf(cache)
  return {
    operation(index) {
      if (cache.get(keyAt(index)) === undefined) throw absent(keyAt(index))
    },
    ...(isSmall && { facts: () => ({ hitRatio }) }),
  }
}

/** Closing the store, opening it again and reading one key. */
function reopen(opened: Store, open: () => Store, { keyAt }: Dataset): Contender {
  let store = opened
  return {
    operation(index) {
      store.close?.()
      store = open()
      if (store.load(keyAt(index)) === undefined) throw absent(keyAt(index))
    },
    close: () => store.close?.(),
  }
}
