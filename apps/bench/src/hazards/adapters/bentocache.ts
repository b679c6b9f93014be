import { setTimeout } from 'node:timers/promises'
import { Absent, importPeer, orAbsent, type Peer, type PeerCache, type Setting, versionOf } from '../peer.ts'
import { outcomeOf } from '../scenarios/outcome.ts'
import type { ScriptedStore } from '../scripted-store.ts'

interface BentoCache {
  get(options: { key: string }): Promise<unknown>
  getOrSet(options: { key: string; factory: () => Promise<unknown> } & EntryOptions): Promise<unknown>
  set(options: { key: string; value: unknown } & EntryOptions): Promise<boolean>
  delete(options: { key: string }): Promise<boolean>
}

interface EntryOptions {
  readonly ttl?: string | number
  readonly grace?: string
  readonly timeout?: number
}

interface BentoStore {
  useL1Layer(driver: unknown): BentoStore
  useL2Layer(driver: unknown): BentoStore
  useBus(bus: unknown): BentoStore
}

interface BentoModule {
  readonly BentoCache: new (options: {
    default: string
    stores: Record<string, BentoStore>
    suppressL2Errors?: boolean
  }) => BentoCache
  bentostore(): BentoStore
}

const TELLS_ERRORS = 'with { suppressL2Errors: false }'
/** Its protection against stampedes is in this call. */
const BY_GET_OR_SET = 'with reads by getOrSet'

/** Its memory driver as L1, the store as a driver of L2, as its documentation of custom drivers says. */
export const peer: Peer = {
  name: 'bentocache',
  module: import.meta.url,
  version: versionOf('bentocache'),
  forms: ['as it comes', TELLS_ERRORS, BY_GET_OR_SET],
  lacks: { batch: 'it has no call that writes many keys' },
  async open(setting) {
    return adapted(await make(setting), setting)
  },
  async openPair(setting) {
    const { MemoryTransport } = await importPeer<{ MemoryTransport: new () => unknown }>(
      setting.peersDirectory,
      '@boringnode/bus/transports/memory',
    )
    const bus = (): unknown => ({ options: {}, factory: () => new MemoryTransport() })
    const [here, there] = [await make(setting, bus()), await make(setting, bus())]
    return [adapted(here, setting), adapted(there, setting)]
  },
  async workInBackground(setting) {
    const cache = await make(setting)
    const stale = { ttl: 1, grace: '1h', timeout: 0 }
    for (const key of ['failing factory', 'failing write']) {
      await cache.set({ key, value: 1, ...stale })
    }
    await setTimeout(10)
    setting.store.fail('write', 'failing write')
    const fails = async (): Promise<never> => {
      throw new Error('the factory failed')
    }
    await outcomeOf(cache.getOrSet({ key: 'failing factory', factory: fails, ...stale }))
    await outcomeOf(cache.getOrSet({ key: 'failing write', factory: async () => 2, ...stale }))
    return 'getOrSet of stale entries with { grace, timeout: 0 }, whose factory or whose write to the store fails'
  },
}

async function make({ store, form, peersDirectory }: Setting, bus?: unknown): Promise<BentoCache> {
  const { BentoCache, bentostore } = await importPeer<BentoModule>(peersDirectory, 'bentocache')
  const { memoryDriver } = await importPeer<{ memoryDriver: () => unknown }>(
    peersDirectory,
    'bentocache/drivers/memory',
  )
  const tiers = bentostore().useL1Layer(memoryDriver()).useL2Layer(driverOver(store))
  if (bus !== undefined) tiers.useBus(bus)
  const errors = form === TELLS_ERRORS ? { suppressL2Errors: false } : {}
  return new BentoCache({ default: 'tiers', stores: { tiers }, ...errors })
}

/** It hands its drivers entries as JSON; the store holds their bare values, all of them fresh. */
function driverOver(store: ScriptedStore): unknown {
  const entries = new Map<string, Record<string, unknown>>()
  const driver = {
    type: 'l2',
    async get(key: string): Promise<string | undefined> {
      const now = Date.now()
      const entry = entries.get(key) ?? { createdAt: now, logicalExpiration: now + 3_600_000 }
      const value = await store.read(key)
      return value === undefined ? undefined : JSON.stringify({ ...entry, value })
    },
    async set(key: string, text: string): Promise<boolean> {
      const { value, ...entry } = JSON.parse(text) as Record<string, unknown>
      await store.write(key, value)
      entries.set(key, entry)
      return true
    },
    delete: (key: string): Promise<boolean> => store.remove(key),
    async deleteMany(keys: readonly string[]): Promise<boolean> {
      for (const key of keys) await store.remove(key)
      return true
    },
    async pull(key: string): Promise<string | undefined> {
      const text = await driver.get(key)
      await store.remove(key)
      return text
    },
    async clear(): Promise<void> {
      store.entries.clear()
    },
    async disconnect(): Promise<void> {},
    namespace: () => driver,
  }
  return { options: {}, factory: () => driver }
}

function adapted(cache: BentoCache, { form }: Setting): PeerCache {
  const factory = async (): Promise<never> => {
    throw new Absent()
  }
  return {
    get: (key) => (form === BY_GET_OR_SET ? orAbsent(cache.getOrSet({ key, factory })) : cache.get({ key })),
    set: (key, value) => cache.set({ key, value }),
    delete: (key) => cache.delete({ key }),
  }
}
