import { type AsyncBackingStore, AsyncWriteThroughCache } from '@wt/core'
import { importPeer } from '../hazards/peer.ts'
import type { ConcurrentContender } from '../measure/contender.ts'
import { cycleOf, flatString, keyOf } from './data.ts'
import { seededRandom } from './random.ts'
import { uniform } from './zipf.ts'

/** An `async` function around a bare `Map` is the least that answers later. */
export type AsyncName = 'async Map.get' | 'ours, AsyncWriteThroughCache' | (typeof ASYNC_PEERS)[number]
export const ASYNC_PEERS = ['cacheable', 'bentocache'] as const

export interface AsyncHitOptions {
  readonly peer: AsyncName
  readonly entries: number
  readonly seed: number
  readonly peersDirectory: string
}

/** One operation is so many hits, one after the other, so that reading the clock is no part of the figure. */
export const HITS_AN_OPERATION = 100
const REQUESTS = 2 ** 17

/** All hold their entries in memory, as they come: their first tier alone, which is what answers a hit. */
export async function createContender(options: AsyncHitOptions): Promise<ConcurrentContender> {
  const keys = Array.from({ length: options.entries }, (_, id) => flatString(keyOf(id)))
  const { get, set } = await makeCache(options)
  for (const [value, key] of keys.entries()) await set(key, value)
  const ids = uniform(keys.length, REQUESTS, seededRandom(options.seed))
  const { items, mask } = cycleOf(REQUESTS, (index) => keys[ids[index]!]!)
  return {
    callers: 1,
    async operation(index) {
      for (let hit = index * HITS_AN_OPERATION; hit < (index + 1) * HITS_AN_OPERATION; hit++) {
        const key = items[hit & mask]!
        if ((await get(key)) === undefined) throw new Error(`${key} is missing`)
      }
    },
    async close() {},
  }
}

interface AsyncCache {
  readonly get: (key: string) => Promise<unknown>
  readonly set: (key: string, value: number) => Promise<unknown>
}

async function makeCache({ peer, entries, peersDirectory }: AsyncHitOptions): Promise<AsyncCache> {
  const load = <T>(name: string): Promise<T> => importPeer<T>(peersDirectory, name)
  switch (peer) {
    case 'async Map.get': {
      const map = new Map<string, number>()
      return { get: async (key) => map.get(key), set: async (key, value) => map.set(key, value) }
    }
    case 'cacheable': {
      const cache = new (await load<CacheableModule>('cacheable')).Cacheable()
      return { get: (key) => cache.get(key), set: (key, value) => cache.set(key, value) }
    }
    case 'bentocache': {
      const { BentoCache, bentostore } = await load<BentoModule>('bentocache')
      const { memoryDriver } = await load<BentoMemoryModule>('bentocache/drivers/memory')
      const memory = bentostore().useL1Layer(memoryDriver({ maxItems: entries }))
      const cache = new BentoCache({ default: 'memory', stores: { memory } })
      return { get: (key) => cache.get({ key }), set: (key, value) => cache.set({ key, value }) }
    }
    default: {
      const cache = new AsyncWriteThroughCache<string, number>(SILENT, { capacity: entries })
      return { get: (key) => cache.get(key), set: (key, value) => cache.put(key, value) }
    }
  }
}

const SILENT: AsyncBackingStore<string, number> = {
  async store() {},
  load: async () => undefined,
  remove: async () => false,
}

interface CacheableModule {
  readonly Cacheable: new () => {
    get(key: string): Promise<unknown>
    set(key: string, value: unknown): Promise<boolean>
  }
}

interface BentoStore {
  useL1Layer(driver: unknown): BentoStore
}

interface BentoModule {
  readonly BentoCache: new (options: {
    default: string
    stores: Record<string, BentoStore>
  }) => {
    get(options: { key: string }): Promise<unknown>
    set(options: { key: string; value: unknown }): Promise<boolean>
  }
  bentostore(): BentoStore
}

interface BentoMemoryModule {
  memoryDriver(options: { maxItems: number }): unknown
}
