import type { Target } from '@wt/conformance'
import { StoreError } from '@wt/core'
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
        return entry === null ? undefined : new Uint8Array((await contentOf(location, key)).data)
      },
      delete: (key) => cacache.rm.entry(location, key),
      keys: async () => Object.keys(await cacache.ls(location)),
    }),
  module: import.meta.url,
}

/** cacache tells of damage by codes of its own. */
async function contentOf(location: string, key: string): Promise<{ data: Uint8Array }> {
  try {
    return await cacache.get(location, key)
  } catch (cause) {
    // Every other error is what the suite is to see.
    const { code } = cause as { code?: string }
    if (code !== 'EINTEGRITY' && code !== 'EBADSIZE') throw cause
    throw new StoreError('CORRUPT', `load: ${code}`, { key, cause })
  }
}

export default target
