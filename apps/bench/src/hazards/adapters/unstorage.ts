import { importPeer, type Peer, versionOf } from '../peer.ts'

interface Storage {
  getItem(key: string): Promise<unknown>
  getItems(keys: readonly string[]): Promise<unknown>
  setItem(key: string, value: unknown): Promise<void>
  setItems(items: readonly { key: string; value: unknown }[]): Promise<void>
  removeItem(key: string): Promise<void>
}

interface UnstorageModule {
  createStorage(options: { driver: Record<string, unknown> }): Storage
}

/** A storage over the store as its driver. */
export const peer: Peer = {
  name: 'unstorage',
  module: import.meta.url,
  version: versionOf('unstorage'),
  forms: ['as it comes'],
  lacks: {
    tier: 'it keeps nothing in front of its driver, and its overlay driver does not fill one layer from another',
    background: 'it does no work that its caller does not wait for',
  },
  async open({ store, peersDirectory }) {
    const { createStorage } = await importPeer<UnstorageModule>(peersDirectory, 'unstorage')
    const driver = {
      name: 'scripted',
      // It hands over text, and null is what it calls absent.
      getItem: async (key: string) => {
        const value = await store.read(key)
        return value === undefined ? null : typeof value === 'string' ? value : JSON.stringify(value)
      },
      setItem: (key: string, text: string) => store.write(key, parsed(text)),
      removeItem: (key: string) => store.remove(key),
      hasItem: (key: string) => store.entries.has(key),
      getKeys: () => [...store.entries.keys()],
    }
    const storage = createStorage({ driver })
    return {
      get: async (key) => (await storage.getItem(key)) ?? undefined,
      set: (key, value) => storage.setItem(key, value),
      delete: (key) => storage.removeItem(key),
      setMany: (entries) => storage.setItems([...entries].map(([key, value]) => ({ key, value }))),
      otherReads: { getItems: (key) => storage.getItems([key]) },
    }
  },
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // A string is handed over as it is.
    return text
  }
}
