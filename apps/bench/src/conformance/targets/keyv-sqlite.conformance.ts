import { join } from 'node:path'
import type { Target } from '@wt/conformance'
import { load } from '../load.ts'
import { peerStore } from './peer-store.ts'

// By a package of its own beside the other peers, since it asks for another keyv.
const { Keyv, KeyvSqlite } = await load('wt-bench-keyv-sqlite')

const target: Target = {
  name: 'keyv (SQLite)',
  values: 'json',
  capabilities: { persistent: true, durability: 'process', shared: true, keys: true },
  open(location) {
    const uri = `sqlite://${join(location, 'keyv.sqlite')}`
    const store = new KeyvSqlite({ uri, driver: 'node:sqlite', busyTimeout: 5000 })
    const keyv = new Keyv({ store, throwOnErrors: true })
    return peerStore({
      set: (key, value) => keyv.set(key, value),
      get: (key) => keyv.get(key),
      delete: (key) => keyv.delete(key),
      async *keys() {
        for await (const [key] of keyv.iterator()) yield key
      },
      close: () => keyv.disconnect(),
    })
  },
  module: import.meta.url,
}

export default target
