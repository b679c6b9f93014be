import { setTimeout } from 'node:timers/promises'
import { importPeer, type Peer, type Setting, versionOf } from '../peer.ts'
import { outcomeOf } from '../scenarios/outcome.ts'

interface LruCache {
  fetch(key: string): Promise<unknown>
  set(key: string, value: unknown): void
  delete(key: string): boolean
}

interface LruCacheModule {
  readonly LRUCache: new (options: {
    max: number
    fetchMethod: (key: string) => Promise<unknown>
    [option: string]: unknown
  }) => LruCache
}

const KEEPS_FETCHING = 'with { ignoreFetchAbort: true, allowStaleOnFetchAbort: true }'

/** Its `fetchMethod` reads the store; whoever writes the store sets or deletes the entry afterwards. */
export const peer: Peer = {
  name: 'lru-cache',
  module: import.meta.url,
  version: versionOf('lru-cache'),
  forms: ['as it comes, get being its fetch', KEEPS_FETCHING],
  lacks: {
    writes: 'it has no second tier to write to: its fetchMethod only reads',
    bus: 'it has nothing that tells other instances of a change',
  },
  async open(setting) {
    const cache = await make(setting)
    const { store } = setting
    return {
      get: (key) => cache.fetch(key),
      async set(key, value) {
        await store.write(key, value)
        cache.set(key, value)
      },
      async delete(key) {
        await store.remove(key)
        cache.delete(key)
      },
    }
  },
  async workInBackground(setting) {
    const cache = await make(setting, { ttl: 1, ttlResolution: 0, allowStale: true })
    setting.store.entries.set('key', 1)
    await cache.fetch('key')
    await setTimeout(10)
    setting.store.fail('read', 'key')
    await outcomeOf(cache.fetch('key'))
    return 'a fetch of a stale entry with { ttl, allowStale: true }, whose fetchMethod fails'
  },
}

async function make({ store, form, peersDirectory }: Setting, options = {}): Promise<LruCache> {
  const { LRUCache } = await importPeer<LruCacheModule>(peersDirectory, 'lru-cache')
  const keeps = form === KEEPS_FETCHING ? { ignoreFetchAbort: true, allowStaleOnFetchAbort: true } : {}
  return new LRUCache({ max: 1000, fetchMethod: (key) => store.read(key), ...keeps, ...options })
}
