import { Absent, importPeer, orAbsent, type Peer, type PeerCache, type Setting, versionOf } from '../peer.ts'
import { type KeyvModule, keyvOver, THROW_ON_ERRORS } from './keyv-store.ts'

interface CacheManager {
  get(key: string): Promise<unknown>
  mget(keys: readonly string[]): Promise<unknown[]>
  wrap(key: string, load: () => Promise<unknown>): Promise<unknown>
  set(key: string, value: unknown): Promise<unknown>
  mset(list: readonly { key: string; value: unknown }[]): Promise<unknown>
  del(key: string): Promise<boolean>
}

interface CacheManagerModule {
  createCache(options: { stores: readonly unknown[]; nonBlocking?: boolean }): CacheManager
}

/** A Keyv in memory and the store as the second of its `stores`; read by `wrap`, which alone fills the first from the second. */
export const peer: Peer = {
  name: 'cache-manager',
  module: import.meta.url,
  version: versionOf('cache-manager'),
  forms: ['as it comes, get being its wrap', THROW_ON_ERRORS],
  lacks: { bus: 'it has nothing that tells other instances of a change' },
  async open(setting) {
    return adapted(await make(setting))
  },
  async workInBackground(setting) {
    const cache = await make(setting, true)
    setting.store.fail('write', 'key')
    await cache.set('key', 1)
    return 'a set with { nonBlocking: true } that fails in the store'
  },
}

async function make({ store, form, peersDirectory }: Setting, nonBlocking = false): Promise<CacheManager> {
  const { createCache } = await importPeer<CacheManagerModule>(peersDirectory, 'cache-manager')
  const keyv = await importPeer<KeyvModule & { Keyv: new () => unknown }>(peersDirectory, 'keyv')
  const stores = [new keyv.Keyv(), keyvOver(store, keyv, form === THROW_ON_ERRORS)]
  return createCache({ stores, nonBlocking })
}

function adapted(cache: CacheManager): PeerCache {
  return {
    // What is in neither store is not there: the loader has nothing to add.
    get: (key) =>
      orAbsent(
        cache.wrap(key, async () => {
          throw new Absent()
        }),
      ),
    set: (key, value) => cache.set(key, value),
    delete: (key) => cache.del(key),
    setMany: (entries) => cache.mset([...entries].map(([key, value]) => ({ key, value }))),
    otherReads: { 'its get': (key) => cache.get(key), mget: (key) => cache.mget([key]) },
  }
}
