import { setTimeout } from 'node:timers/promises'
import { importPeer, type Peer, type PeerCache, type Setting, versionOf } from '../peer.ts'

interface Loader {
  get(key: string): Promise<unknown>
  getMany(keys: readonly string[]): Promise<unknown[]>
  forceSetValue(key: string, value: unknown): Promise<void>
  invalidateCacheFor(key: string): Promise<void>
  init(): Promise<void>
}

interface Target {
  set(key: string, value: unknown): void
  delete(key: string): void
}

interface LayeredLoaderModule {
  readonly Loader: new (options: Record<string, unknown>) => Loader
  readonly AbstractNotificationConsumer: new (serverUuid: string) => { targetCache: Target }
}

/** Its in-memory cache before the store as a data source, which it only reads; whoever writes the store tells the loader. */
export const peer: Peer = {
  name: 'layered-loader',
  module: import.meta.url,
  version: versionOf('layered-loader'),
  forms: ['as it comes'],
  lacks: { writes: 'it never writes to a data source: they are read-only by its documentation' },
  async open(setting) {
    return adapted(await make(setting), setting)
  },
  async openPair(setting) {
    const { AbstractNotificationConsumer } = await moduleOf(setting)
    class Consumer extends AbstractNotificationConsumer {
      async subscribe(): Promise<void> {}
      async close(): Promise<void> {}
      get target(): Target {
        return this.targetCache
      }
    }
    const notificationConsumer = new Consumer('here')
    const notificationPublisher = {
      channel: 'changes',
      errorHandler() {},
      async subscribe() {},
      async close() {},
      set: async (key: string, value: unknown) => notificationConsumer.target.set(key, value),
      delete: async (key: string) => notificationConsumer.target.delete(key),
    }
    const here = await make(setting, { notificationConsumer })
    const there = await make(setting, { notificationPublisher })
    return [adapted(here, setting), adapted(there, setting)]
  },
  async workInBackground(setting) {
    const refreshed = { cacheType: 'lru-map', ttlInMsecs: 60_000, ttlLeftBeforeRefreshInMsecs: 59_999 }
    const loader = await make(setting, { inMemoryCache: refreshed })
    setting.store.entries.set('key', 1)
    await loader.get('key')
    await setTimeout(10)
    setting.store.fail('read', 'key')
    await loader.get('key')
    return 'a get that starts a preemptive refresh (ttlLeftBeforeRefreshInMsecs), whose read of the store fails'
  },
}

function moduleOf({ peersDirectory }: Setting): Promise<LayeredLoaderModule> {
  return importPeer<LayeredLoaderModule>(peersDirectory, 'layered-loader/core')
}

async function make(setting: Setting, options: Record<string, unknown> = {}): Promise<Loader> {
  const { Loader } = await moduleOf(setting)
  const { store } = setting
  const keys = new Map<unknown, string>()
  const read = async (key: string): Promise<unknown> => {
    const value = await store.read(key)
    keys.set(value, key)
    return value
  }
  const loader = new Loader({
    inMemoryCache: { cacheType: 'lru-map', ttlInMsecs: 60_000, maxItems: 1000 },
    dataSourceGetOneFn: read,
    dataSourceGetManyFn: (wanted: readonly string[]) => Promise.all(wanted.map(read)),
    cacheKeyFromValueResolver: (value: unknown) => keys.get(value),
    ...options,
  })
  await loader.init()
  return loader
}

function adapted(loader: Loader, { store }: Setting): PeerCache {
  return {
    get: (key) => loader.get(key),
    async set(key, value) {
      await store.write(key, value)
      await loader.forceSetValue(key, value)
    },
    async delete(key) {
      await store.remove(key)
      await loader.invalidateCacheFor(key)
    },
    otherReads: { getMany: (key) => loader.getMany([key]) },
  }
}
