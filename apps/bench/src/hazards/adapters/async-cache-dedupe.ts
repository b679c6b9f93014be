import { setTimeout } from 'node:timers/promises'
import { importPeer, type Peer, type Setting, versionOf } from '../peer.ts'

interface DedupeCache {
  define(name: 'load', load: (key: string) => Promise<unknown>): void
  load(key: string): Promise<unknown>
  clear(name: 'load', key: string): Promise<void>
}

interface DedupeModule {
  createCache(options: { ttl: number; stale?: number; storage: { type: 'memory' } }): DedupeCache
}

/** A function that it defines reads the store; whoever writes the store clears the entry afterwards. */
export const peer: Peer = {
  name: 'async-cache-dedupe',
  module: import.meta.url,
  version: versionOf('async-cache-dedupe'),
  forms: ['as it comes, get being a function it defines'],
  lacks: {
    writes: 'it writes to no store: it caches what a function returns',
    bus: 'its storage in memory tells other instances of nothing, its invalidation across processes is Redis alone',
  },
  async open(setting) {
    const cache = await make(setting, { ttl: 60 })
    const { store } = setting
    return {
      get: (key) => cache.load(key),
      async set(key, value) {
        await store.write(key, value)
        await cache.clear('load', key)
      },
      async delete(key) {
        await store.remove(key)
        await cache.clear('load', key)
      },
    }
  },
  async workInBackground(setting) {
    const cache = await make(setting, { ttl: 1, stale: 60 })
    setting.store.entries.set('key', 1)
    await cache.load('key')
    // Its times are whole seconds.
    await setTimeout(1100)
    setting.store.fail('read', 'key')
    await cache.load('key')
    return 'a call that finds a stale entry ({ ttl, stale }), whose function then fails'
  },
}

async function make(
  { store, peersDirectory }: Setting,
  options: { ttl: number; stale?: number },
): Promise<DedupeCache> {
  const { createCache } = await importPeer<DedupeModule>(peersDirectory, 'async-cache-dedupe')
  const cache = createCache({ ...options, storage: { type: 'memory' } })
  cache.define('load', (key) => store.read(key))
  return cache
}
