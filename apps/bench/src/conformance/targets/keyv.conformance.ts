import type { Target } from '@wt/conformance'
import { load } from '../load.ts'
import { peerStore } from './peer-store.ts'

const { Keyv } = await load('keyv')

const target: Target = {
  name: 'keyv (memory)',
  values: 'json',
  capabilities: {},
  open() {
    const keyv = new Keyv({ throwOnErrors: true })
    return peerStore({
      set: (key, value) => keyv.set(key, value),
      get: (key) => keyv.get(key),
      delete: (key) => keyv.delete(key),
    })
  },
  module: import.meta.url,
}

export default target
