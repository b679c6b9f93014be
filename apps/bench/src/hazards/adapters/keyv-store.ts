import type { ScriptedStore } from '../scripted-store.ts'

/** What Keyv asks of a storage adapter. With `serialize: undefined` it hands over a value in an envelope. */
export interface KeyvStore {
  get(key: string): Promise<{ value: unknown } | undefined>
  set(key: string, envelope: { value: unknown }): Promise<boolean>
  delete(key: string): Promise<boolean>
  clear(): Promise<void>
}

export interface KeyvModule {
  readonly Keyv: new (options: {
    store: KeyvStore
    serialize: undefined
    deserialize: undefined
    useKeyPrefix: false
    throwOnErrors: boolean
  }) => unknown
}

/** Keyv's option that makes it reject, next to emitting an event. */
export const THROW_ON_ERRORS = 'with Keyv { throwOnErrors: true }'

/** The store as a Keyv, which holds bare values. */
export function keyvOver(store: ScriptedStore, { Keyv }: KeyvModule, throwOnErrors: boolean): unknown {
  const adapter: KeyvStore = {
    async get(key) {
      const value = await store.read(key)
      return value === undefined ? undefined : { value }
    },
    async set(key, { value }) {
      await store.write(key, value)
      return true
    },
    delete: (key) => store.remove(key),
    async clear() {
      store.entries.clear()
    },
  }
  const bare = { serialize: undefined, deserialize: undefined, useKeyPrefix: false } as const
  return new Keyv({ store: adapter, ...bare, throwOnErrors })
}
