import type { Target } from '@wt/conformance'
import { load } from '../load.ts'
import { peerStore } from './peer-store.ts'

const { FlatCache } = await load('flat-cache')

const target: Target = {
  name: 'flat-cache',
  values: 'json',
  capabilities: { persistent: true, durability: 'process', keys: true },
  open(location) {
    const cache = new FlatCache({ cacheDir: location, cacheId: 'store' })
    cache.load()
    return peerStore({
      set(key, value) {
        cache.setKey(key, value)
        cache.save()
      },
      get: (key) => cache.getKey(key),
      delete(key) {
        cache.removeKey(key)
        cache.save()
      },
      keys: () => cache.keys(),
    })
  },
  module: import.meta.url,
}

export default target
