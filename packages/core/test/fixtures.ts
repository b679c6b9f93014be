import { afterEach, expect } from 'vitest'
import { type BackingStore, type CacheOptions, StoreError, WriteThroughCache } from '../src/index.ts'

/** A store of a few lines. `failNext` makes one call fail, before or after it took effect. */
export class MapStore<K = string, V = unknown> implements BackingStore<K, V> {
  readonly entries: Map<K, V> = new Map()
  readonly calls: string[] = []
  readonly capacity: number
  #failure: { error: unknown; after: boolean } | undefined

  constructor(capacity: number = Number.POSITIVE_INFINITY) {
    this.capacity = capacity
  }

  failNext(error: unknown, when: 'before' | 'after' = 'before'): void {
    this.#failure = { error, after: when === 'after' }
  }

  store(key: K, value: V): void {
    this.act('store', () => {
      if (this.entries.size >= this.capacity && !this.entries.has(key)) {
        throw new StoreError('STORE_FULL', 'full', { key })
      }
      this.entries.set(key, value)
    })
  }

  load(key: K): V | undefined {
    return this.act('load', () => this.entries.get(key))
  }

  remove(key: K): boolean {
    return this.act('remove', () => this.entries.delete(key))
  }

  protected act<T>(name: string, effect: () => T): T {
    this.calls.push(name)
    const failure = this.#failure
    this.#failure = undefined
    if (failure !== undefined && !failure.after) throw failure.error
    const result = effect()
    if (failure !== undefined) throw failure.error
    return result
  }
}

/** The same with every capability. Each bulk call may be replaced by a test. */
export class BulkMapStore<K = string, V = unknown> extends MapStore<K, V> {
  storeMany(batch: Iterable<readonly [K, V]>): void {
    this.calls.push('storeMany')
    for (const [key, value] of batch) this.entries.set(key, value)
  }

  loadMany(keys: Iterable<K>): Map<K, V> {
    this.calls.push('loadMany')
    const found = new Map<K, V>()
    for (const key of keys) if (this.entries.has(key)) found.set(key, this.entries.get(key) as V)
    return found
  }

  removeMany(keys: Iterable<K>): number {
    this.calls.push('removeMany')
    let existed = 0
    for (const key of keys) if (this.entries.delete(key)) existed++
    return existed
  }

  keys(): Iterable<K> {
    return [...this.entries.keys()]
  }
}

const caches: WriteThroughCache<never, unknown>[] = []

/** A cache whose invariants are checked when the test ends. */
export function cacheOver<K, V>(
  store: BackingStore<K, V>,
  options: Partial<CacheOptions<K, V>> = {},
): WriteThroughCache<K, V> {
  const cache = new WriteThroughCache(store, { capacity: 10, ...options })
  caches.push(cache as unknown as WriteThroughCache<never, unknown>)
  return cache
}

afterEach(() => {
  for (const cache of caches.splice(0)) cache.assertInvariants()
})

/** What `action` throws; the test fails when it throws nothing. */
export function thrownBy(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return error
  }
  return expect.fail('nothing was thrown')
}

/** The `StoreError` that `action` throws. */
export function storeErrorOf(action: () => unknown): StoreError {
  const error = thrownBy(action)
  expect(error).toSatisfy(StoreError.is)
  return error as StoreError
}
