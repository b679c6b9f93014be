import { join } from 'node:path'
import type { Target } from '@wt/conformance'
import { load } from '../load.ts'
import { peerStore } from './peer-store.ts'

const { Keyv } = await load('keyv')
const { KeyvFile } = await load('keyv-file')

const target: Target = {
  name: 'keyv (file)',
  values: 'json',
  capabilities: { persistent: true, durability: 'process' },
  open(location) {
    const store = new KeyvFile({ filename: join(location, 'keyv.json') })
    const keyv = new Keyv({ store, throwOnErrors: true })
    return peerStore({
      set: (key, value) => keyv.set(key, value),
      get: (key) => keyv.get(key),
      delete: (key) => keyv.delete(key),
      close: () => keyv.disconnect(),
    })
  },
  module: import.meta.url,
}

export default target
