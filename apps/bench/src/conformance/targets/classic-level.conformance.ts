import type { Target } from '@wt/conformance'
import { load } from '../load.ts'
import { peerStore } from './peer-store.ts'

const { ClassicLevel } = await load('classic-level')

const target: Target = {
  name: 'classic-level',
  values: 'json',
  capabilities: { persistent: true, durability: 'process', keys: true },
  open(location) {
    const db = new ClassicLevel(location, { valueEncoding: 'json' })
    return peerStore({
      set: (key, value) => db.put(key, value),
      get: (key) => db.get(key),
      delete: (key) => db.del(key),
      keys: () => db.keys(),
      close: () => db.close(),
    })
  },
  module: import.meta.url,
}

export default target
