import type { Target } from '@wt/conformance'
import { load } from '../load.ts'
import { peerStore } from './peer-store.ts'

const { createStorage } = await load('unstorage')

/** An unstorage as a target, by its own calls; `null` is its word for absence. */
export async function unstorageTarget(driver: string, module: string): Promise<Target> {
  const { default: makeDriver } = await load(`unstorage/drivers/${driver}`)
  return {
    name: `unstorage (${driver})`,
    values: 'json',
    capabilities: { keys: true, ...(driver !== 'memory' && { persistent: true, durability: 'process' }) },
    open(location) {
      const storage = createStorage({ driver: makeDriver({ base: location }) })
      return peerStore({
        set: (key, value) => storage.setItem(key, value),
        get: async (key) => (await storage.getItem(key)) ?? undefined,
        delete: (key) => storage.removeItem(key),
        keys: () => storage.getKeys(),
        close: () => storage.dispose(),
      })
    },
    module,
  }
}
