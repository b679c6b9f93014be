import { type AsyncBackingStore, AsyncWriteThroughCache, WriteThroughCache } from '@wt/core'
import type { Cache, CacheOptions, Caches, Capabilities, Target, ValueKind } from '../../src/index.ts'
import { FileStore } from '../fixtures/file-store.ts'
import { later } from '../fixtures/later.ts'
import { MemoryStore } from '../fixtures/memory-store.ts'
import { asynchronous, bounded, file, laterFile, memory, telling } from '../fixtures/targets.ts'
import { type Place, Places, watched } from '../fixtures/watched-store.ts'

/** A store broken on purpose in one way, and the case that names its fault. */
export interface Saboteur {
  readonly kills: string
  readonly fault: string
  readonly target: Target
  /** For a fault that is waited for. Default: that of the suite. */
  readonly timeoutMs?: number
}

type Store = AsyncBackingStore<string, unknown>
/** The methods that are broken, over a correct store. */
type Fault<S> = (right: S) => Partial<Store>

/** A memory store with a fault. */
export function inMemory(
  kills: string,
  fault: string,
  broken: Fault<MemoryStore>,
  values?: ValueKind,
): Saboteur {
  return saboteur(
    kills,
    fault,
    { ...memory, values: values ?? memory.values },
    () => new MemoryStore(),
    broken,
  )
}

/** A memory store for four entries with a fault. */
export function inBounded(kills: string, fault: string, broken: Fault<MemoryStore>): Saboteur {
  return saboteur(kills, fault, bounded, () => new MemoryStore({ maxEntries: 4 }), broken)
}

/** An asynchronous store with a fault. */
export function inLater(kills: string, fault: string, broken: Fault<Store>): Saboteur {
  return saboteur(kills, fault, asynchronous, () => later(), broken)
}

/** An asynchronous file store with a fault. */
export function inLaterFiles(kills: string, fault: string, broken: Fault<Store>): Saboteur {
  return saboteur(kills, fault, laterFile, (location) => later(new FileStore(location)), broken)
}

/** A store that tells of changes, with a fault; `place` is what the stores at one location share. */
export function inWatched(
  kills: string,
  fault: string,
  broken: (right: ReturnType<typeof watched>, place: Place) => Partial<Store>,
): Saboteur {
  const places = new Places()
  const open = (location: string) => {
    const place = places.at(location)
    const right = watched(place)
    return { ...right, ...broken(right, place) }
  }
  return { kills, fault, target: { ...telling, name: fault, open }, timeoutMs: 1500 }
}

/** A correct store under caches with a fault each: what they do instead, given the right cache and its store. */
export function inCaches(
  kills: string,
  fault: string,
  broken: (right: Cache, store: Store, options: CacheOptions) => Partial<Cache>,
  target: Target = memory,
): Saboteur {
  const breakCache = (right: Cache, store: Store, options: CacheOptions): Cache => {
    const faults = broken(right, store, options)
    return new Proxy(right, {
      get(real, name) {
        const member: unknown = Reflect.get(Object.hasOwn(faults, name) ? faults : real, name)
        return typeof member === 'function' ? member.bind(real) : member
      },
    })
  }
  const caches: Caches = {
    synchronous: (store, options) =>
      breakCache(new WriteThroughCache(store, options) as Cache, store, options),
    asynchronous: (store, options) =>
      breakCache(new AsyncWriteThroughCache(store, options) as Cache, store, options),
  }
  return { kills, fault, target: { ...target, name: fault, caches } }
}

/** A file store with a fault. */
export function inFiles(
  kills: string,
  fault: string,
  broken: Fault<FileStore>,
  capabilities: Capabilities = {},
): Saboteur {
  const target = { ...file, capabilities: { ...file.capabilities, ...capabilities } }
  return saboteur(kills, fault, target, (location) => new FileStore(location), broken)
}

function saboteur<S extends Store>(
  kills: string,
  fault: string,
  target: Target,
  open: (location: string) => S,
  broken: Fault<S>,
): Saboteur {
  return {
    kills,
    fault,
    target: {
      ...target,
      name: fault,
      open(location) {
        const right = open(location)
        return { ...methodsOf(right), ...broken(right) } as Store
      },
    },
  }
}

/** The methods of a correct store as functions of their own, for some to be replaced. */
function methodsOf(right: Store): Store {
  return {
    ...(right.durability === undefined ? {} : { durability: right.durability }),
    store: (key, value) => right.store(key, value),
    load: (key) => right.load(key),
    remove: (key) => right.remove(key),
    storeMany: (entries) => right.storeMany!(entries),
    loadMany: (keys) => right.loadMany!(keys),
    removeMany: (keys) => right.removeMany!(keys),
    keys: () => right.keys!(),
    ...(right.loadVersioned && {
      loadVersioned: (key: string) => right.loadVersioned!(key),
      storeIf: (key: string, value: unknown, expected: string | undefined, version: string) =>
        right.storeIf!(key, value, expected, version),
      removeIf: (key: string, expected: string) => right.removeIf!(key, expected),
    }),
    ...(right.acquireLease && {
      acquireLease: (key: string, holder: string, leaseMs: number) =>
        right.acquireLease!(key, holder, leaseMs),
      releaseLease: (key: string, holder: string) => right.releaseLease!(key, holder),
    }),
    ...(right.revision ? { revision: () => right.revision!() } : {}),
    close: () => right.close!(),
  }
}
