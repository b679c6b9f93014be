import { AsyncWriteThroughCache, type Change } from '@wt/core'
import { RedisStore } from '@wt/store-redis'
import { importPeer } from '../hazards/peer.ts'

/** Ours, as it comes; ours without news of others' writes; and the one that is known for its bus over Redis. */
export const CACHES = ['ours', 'ours-incoherent', 'bentocache'] as const
export type CacheName = (typeof CACHES)[number]

/** A cache of this process over one server, which other processes write to as well. */
export interface SharedCache {
  get(key: string): Promise<number | undefined>
  put(key: string, value: number): Promise<unknown>
  /** Keys that other processes' writes were told of. */
  told(): number
  close(): Promise<void>
}

export interface SharedCacheOptions {
  readonly name: CacheName
  readonly port: number
  readonly capacity: number
  readonly peersDirectory: string
}

export async function openCache(options: SharedCacheOptions): Promise<SharedCache> {
  return options.name === 'bentocache' ? await bentocache(options) : await ours(options)
}

const PREFIX = 'bench:'

async function ours({ name, port, capacity }: SharedCacheOptions): Promise<SharedCache> {
  const store = new RedisStore<number>({ url: `redis://127.0.0.1:${port}`, prefix: PREFIX })
  await store.connect()
  const news = countNews(store)
  const coherence = name === 'ours' ? 'subscribe' : 'none'
  const cache = new AsyncWriteThroughCache(store, { capacity, coherence })
  // Until then nothing is held.
  if (coherence === 'subscribe') await news.isUp
  return {
    get: (key) => cache.get(key),
    put: (key, value) => cache.put(key, value),
    told: () => news.told,
    close: () => cache.close(),
  }
}

/** Listens in to what the store tells its cache. */
function countNews(store: RedisStore<number>): { told: number; readonly isUp: Promise<void> } {
  const up = Promise.withResolvers<void>()
  const news = { told: 0, isUp: up.promise }
  const subscribe = store.subscribe!.bind(store)
  Object.assign(store, {
    subscribe: (listener: (change: Change<string>) => void) =>
      subscribe((change) => {
        if (change.type === 'keys') news.told += change.keys.length
        listener(change)
        if (change.type === 'up') up.resolve()
      }),
  })
  return news
}

/** Set up as its documentation has it for several processes: memory, Redis behind it, and its bus. */
async function bentocache({ port, capacity, peersDirectory }: SharedCacheOptions): Promise<SharedCache> {
  const { BentoCache, bentostore } = await importPeer<BentoModule>(peersDirectory, 'bentocache')
  const memory = await importPeer<MemoryModule>(peersDirectory, 'bentocache/drivers/memory')
  const redis = await importPeer<RedisModule>(peersDirectory, 'bentocache/drivers/redis')
  const connection = { host: '127.0.0.1', port }
  const tiers = bentostore()
    .useL1Layer(memory.memoryDriver({ maxItems: capacity }))
    .useL2Layer(redis.redisDriver({ connection }))
    .useBus(redis.redisBusDriver({ connection }))
  const cache = new BentoCache({ default: 'tiers', prefix: PREFIX, ttl: '1h', stores: { tiers } })
  let told = 0
  cache.on('bus:message:received', ({ message }) => {
    told += message.keys.length
  })
  return {
    get: (key) => cache.get({ key }),
    put: (key, value) => cache.set({ key, value }),
    told: () => told,
    close: () => cache.disconnectAll(),
  }
}

interface BentoModule {
  readonly BentoCache: new (options: {
    default: string
    prefix: string
    ttl: string
    stores: Record<string, BentoStore>
  }) => BentoCache
  bentostore(): BentoStore
}

interface BentoStore {
  useL1Layer(driver: unknown): BentoStore
  useL2Layer(driver: unknown): BentoStore
  useBus(bus: unknown): BentoStore
}

interface BentoCache {
  get(options: { key: string }): Promise<number | undefined>
  set(options: { key: string; value: number }): Promise<boolean>
  on(event: 'bus:message:received', listener: (event: { message: { keys: string[] } }) => void): void
  disconnectAll(): Promise<void>
}

interface MemoryModule {
  memoryDriver(options: { maxItems: number }): unknown
}

interface RedisModule {
  redisDriver(options: { connection: { host: string; port: number } }): unknown
  redisBusDriver(options: { connection: { host: string; port: number } }): unknown
}
