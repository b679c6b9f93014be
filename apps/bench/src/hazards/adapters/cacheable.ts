import { importPeer, type Peer, type PeerCache, type Setting, versionOf } from '../peer.ts'
import { type KeyvModule, keyvOver, THROW_ON_ERRORS } from './keyv-store.ts'

interface Cacheable {
  get(key: string): Promise<unknown>
  getMany(keys: readonly string[]): Promise<unknown[]>
  getOrSet(key: string, load: () => Promise<unknown>): Promise<unknown>
  set(key: string, value: unknown): Promise<boolean>
  setMany(items: readonly { key: string; value: unknown }[]): Promise<boolean>
  delete(key: string): Promise<boolean>
  on(event: 'error', listener: () => void): void
}

interface CacheableModule {
  readonly Cacheable: new (options: {
    secondary: unknown
    nonBlocking?: boolean
    sync?: { qified: unknown }
  }) => Cacheable
}

/** Its default memory in front of the store as its `secondary`, and a listener of its `error` event, as its README shows. */
export const peer: Peer = {
  name: 'cacheable',
  module: import.meta.url,
  version: versionOf('cacheable'),
  forms: ['as it comes', THROW_ON_ERRORS],
  lacks: {},
  async open(setting) {
    return adapted(await make(setting))
  },
  async openPair(setting) {
    const { MemoryMessageProvider } = await importPeer<{ MemoryMessageProvider: new () => unknown }>(
      setting.peersDirectory,
      'qified',
    )
    const sync = { qified: new MemoryMessageProvider() }
    return [adapted(await make(setting, { sync })), adapted(await make(setting, { sync }))]
  },
  async workInBackground(setting) {
    const cache = await make(setting, { nonBlocking: true })
    setting.store.fail('write', 'key')
    await cache.set('key', 1)
    return 'a set with { nonBlocking: true } that fails in the store'
  },
}

async function make(
  { store, form, peersDirectory }: Setting,
  options: { nonBlocking?: boolean; sync?: { qified: unknown } } = {},
): Promise<Cacheable> {
  const { Cacheable } = await importPeer<CacheableModule>(peersDirectory, 'cacheable')
  const keyv = await importPeer<KeyvModule>(peersDirectory, 'keyv')
  const cache = new Cacheable({ secondary: keyvOver(store, keyv, form === THROW_ON_ERRORS), ...options })
  cache.on('error', () => {})
  return cache
}

function adapted(cache: Cacheable): PeerCache {
  return {
    get: (key) => cache.get(key),
    set: (key, value) => cache.set(key, value),
    delete: (key) => cache.delete(key),
    setMany: (entries) => cache.setMany([...entries].map(([key, value]) => ({ key, value }))),
    otherReads: {
      getMany: (key) => cache.getMany([key]),
      getOrSet: (key) => cache.getOrSet(key, async () => 'loaded'),
    },
  }
}
