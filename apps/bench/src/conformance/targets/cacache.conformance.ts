import type { Target } from '@wt/conformance'
import { load } from '../load.ts'
import { peerStore } from './peer-store.ts'

const { default: cacache } = await load('cacache')

const target: Target = {
  name: 'cacache',
  values: 'bytes',
  capabilities: { persistent: true, durability: 'process', shared: true, keys: true, checksums: true },
  open: (location) =>
    peerStore({
      set: (key, value) => cacache.put(location, key, Buffer.from(value as Uint8Array)),
      async get(key) {
        const entry = await cacache.get.info(location, key)
        return entry === null ? undefined : new Uint8Array((await cacache.get(location, key)).data)
      },
      delete: (key) => cacache.rm.entry(location, key),
      keys: async () => Object.keys(await cacache.ls(location)),
    }),
  module: import.meta.url,
}

export default target
