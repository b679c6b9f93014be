import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { type AsyncBackingStore, AsyncWriteThroughCache, type Change } from '@wt/core'
import type { Peer, PeerCache } from '../peer.ts'
import { outcomeOf } from '../scenarios/outcome.ts'
import type { ScriptedStore } from '../scripted-store.ts'

type Store = AsyncBackingStore<string, unknown>
type Cache = AsyncWriteThroughCache<string, unknown>

export const peer: Peer = {
  name: 'ours',
  module: import.meta.url,
  version: () => {
    const manifest = new URL('../package.json', import.meta.resolve('@wt/core'))
    return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version
  },
  forms: ['AsyncWriteThroughCache as it comes'],
  lacks: {},
  async open({ store }) {
    return adapted(cacheOver(backing(store)))
  },
  async openPair({ store }) {
    const listeners = new Map<string, (change: Change<string>) => void>()
    const names = ['here', 'there']
    const [here, there] = names.map((name) => cacheOver(shared(store, name, listeners)))
    return [adapted(here!), adapted(there!)]
  },
  async workInBackground({ store }) {
    const cache = cacheOver(backing(store))
    store.fail('write', 'written')
    store.fail('read', 'read')
    for (const [operation, start] of [
      ['write', () => cache.put('written', 1, { timeoutMs: 1 })],
      ['read', () => cache.get('read', { timeoutMs: 1 })],
    ] as const) {
      const held = store.hold(operation)
      const call = outcomeOf(start())
      await held.reached
      await call
      held.letGo()
    }
    await setTimeout(5)
    return 'a put and a get that were given up (timeoutMs) before the store failed them'
  },
}

function cacheOver(store: Store): Cache {
  return new AsyncWriteThroughCache(store, { capacity: 1000 })
}

function backing(store: ScriptedStore): Store {
  return {
    load: (key) => store.read(key),
    store: (key, value) => store.write(key, value),
    remove: (key) => store.remove(key),
  }
}

/** A store that tells every subscriber but its own of each write, once it took effect. */
function shared(
  store: ScriptedStore,
  name: string,
  listeners: Map<string, (change: Change<string>) => void>,
): Store {
  const tell = (key: string): void => {
    for (const [other, listener] of listeners) if (other !== name) listener({ type: 'keys', keys: [key] })
  }
  return {
    load: (key) => store.read(key),
    async store(key, value) {
      await store.write(key, value)
      tell(key)
    },
    async remove(key) {
      const existed = await store.remove(key)
      tell(key)
      return existed
    },
    subscribe(listener) {
      listeners.set(name, listener)
      listener({ type: 'up' })
      return () => {
        listeners.delete(name)
      }
    },
  }
}

function adapted(cache: Cache): PeerCache {
  return {
    get: (key) => cache.get(key),
    set: (key, value) => cache.put(key, value),
    // `false` is "there was none" here, not a failure, which rejects.
    delete: async (key) => void (await cache.invalidate(key)),
    setMany: (entries) => cache.putMany(entries),
    otherReads: { getMany: (key) => cache.getMany([key]) },
  }
}
