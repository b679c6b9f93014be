import { join } from 'node:path'
import type { Target } from '@wt/conformance'
import { load } from '../load.ts'
import { peerStore } from './peer-store.ts'

const { open } = await load('lmdb')

const target: Target = {
  name: 'lmdb',
  values: 'json',
  capabilities: { persistent: true, durability: 'process', shared: true, keys: true },
  open(location) {
    const db = open({ path: join(location, 'db'), encoding: 'json' })
    return peerStore({
      set: (key, value) => db.put(key, value),
      get: (key) => db.get(key),
      delete: (key) => db.remove(key),
      keys: () => db.getKeys(),
      close: () => db.close(),
    })
  },
  module: import.meta.url,
}

export default target
