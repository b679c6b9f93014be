import { createClient } from '@redis/client'
import { AsyncWriteThroughCache, utf8 } from '@wt/core'
import { RedisStore } from '@wt/store-redis'
import type { ConcurrentContender } from '../measure/contender.ts'
import { batchAt, type Dataset, type DatasetOptions, makeDataset } from './dataset.ts'

/** Who does it: the store, a cache over it that hears of changes or that does not, or the client or a `Map` with nothing around it. */
export type RedisContestant = 'store' | 'coherent cache' | 'cache' | 'client' | 'Map'
export type RedisWork = 'get' | 'put' | 'batch put'

export interface RedisContenderOptions extends DatasetOptions {
  readonly contestant: RedisContestant
  readonly work: RedisWork
  readonly url: string
  readonly callers: number
  readonly batch: number
}

interface Contestant {
  get(key: string): Promise<string | undefined | null>
  put(entries: readonly (readonly [string, string])[]): Promise<unknown>
  close(): Promise<void>
}

/** Connected and filled. Each has keys of its own on the server. */
export async function createContender(options: RedisContenderOptions): Promise<ConcurrentContender> {
  const { work, callers, batch } = options
  const dataset = makeDataset(options)
  const contestant = await connect(options)
  await contestant.put([...dataset.entries()])
  // What is held already is not asked for.
  for (const key of dataset.keys) await contestant.get(key)
  return {
    callers,
    operation: (index) =>
      work === 'get' ? read(contestant, dataset, index) : contestant.put(batchAt(dataset, index, batch)),
    close: () => contestant.close(),
  }
}

async function read(contestant: Contestant, dataset: Dataset, index: number): Promise<void> {
  const key = dataset.keyAt(index)
  if (typeof (await contestant.get(key)) !== 'string') throw new Error(`${key} is missing`)
}

async function connect({ contestant, url, entries }: RedisContenderOptions): Promise<Contestant> {
  const prefix = `${contestant} ${process.pid}:`
  if (contestant === 'Map') return bareMap()
  if (contestant === 'client') return await bareClient(url, prefix)
  const store = new RedisStore<string>({ url, prefix, codec: utf8(), maxPending: 100_000 })
  await store.connect()
  if (contestant === 'store') {
    return {
      get: (key) => store.load(key),
      put: (some) => (some.length === 1 ? store.store(...some[0]!) : store.storeMany(some)),
      close: () => store.close(),
    }
  }
  const coherence = contestant === 'cache' ? 'none' : 'subscribe'
  const cache = new AsyncWriteThroughCache(store, { capacity: entries, coherence })
  // Until the server tells of changes it holds nothing.
  while (cache.peek('probe') === undefined) await cache.put('probe', '')
  await cache.invalidate('probe')
  return {
    get: (key) => cache.get(key),
    put: (some) => cache.putMany(some),
    close: () => cache.close(),
  }
}

async function bareClient(url: string, prefix: string): Promise<Contestant> {
  const client = createClient({ url, RESP: 3 })
  // Its failure fails the call that meets it.
  client.on('error', () => {})
  await client.connect()
  return {
    get: (key) => client.get(prefix + key),
    put: (some) => Promise.all(some.map(([key, value]) => client.set(prefix + key, value))),
    close: async () => client.destroy(),
  }
}

function bareMap(): Contestant {
  const map = new Map<string, string>()
  return {
    get: async (key) => map.get(key),
    async put(some) {
      for (const [key, value] of some) map.set(key, value)
    },
    async close() {},
  }
}
