import { type BackingStore, keyText, newVersion, StoreError, type Versioned } from '@wt/core'
import { Leases } from './leases.ts'

export interface InMemoryStoreOptions<V> {
  /** At most so many entries; a new key beyond is `STORE_FULL`. A positive integer. Default: no bound. */
  readonly maxEntries?: number
  /**
   * Copies a value on its way in and out, so that nobody changes what the store holds. Default `structuredClone`, for
   * objects only: it makes plain objects of class instances. `false` copies nothing, for values that nobody changes.
   */
  readonly clone?: ((value: V) => V) | false
}

/**
 * The reference store: a `Map` that is bounded, counted and isolated. Every operation is O(1) plus the copy of the value.
 * Keys are compared as a `Map` does. It survives nothing, so its `durability` is `'none'`.
 */
export class InMemoryStore<K, V> implements BackingStore<K, V> {
  readonly durability = 'none' as const
  readonly #entries = new Map<K, V>()
  /** Of those entries whose version somebody knows. The others have none until they are asked for it. */
  readonly #versions = new Map<K, string>()
  readonly #leases = new Leases<K>()
  readonly #maxEntries: number
  readonly #clone: (value: V) => V
  #writeCount = 0
  #readCount = 0
  #closed = false

  constructor(options: InMemoryStoreOptions<V> = {}) {
    const { maxEntries = Number.POSITIVE_INFINITY, clone = cloneObject } = options
    if (maxEntries !== Number.POSITIVE_INFINITY && !(Number.isSafeInteger(maxEntries) && maxEntries > 0)) {
      throw new RangeError(`InMemoryStore: maxEntries is a positive integer, not ${String(maxEntries)}`)
    }
    if (clone !== false && typeof clone !== 'function') {
      throw new TypeError(`InMemoryStore: clone is a function or false, not ${String(clone)}`)
    }
    this.#maxEntries = maxEntries
    this.#clone = clone === false ? (value) => value : clone
  }

  /** How many entries it holds. */
  get size(): number {
    return this.#entries.size
  }

  /** How many entries were ever written, overwriting included. */
  get writeCount(): number {
    return this.#writeCount
  }

  /** How many keys were ever looked up, absent ones included. */
  get readCount(): number {
    return this.#readCount
  }

  store(key: K, value: V): void {
    this.#open('store', key)
    const copy = this.#copy(key, value)
    if (this.#entries.size >= this.#maxEntries && !this.#entries.has(key)) throw this.#full(1, key)
    this.#entries.set(key, copy)
    this.#forgetVersion(key)
    this.#writeCount++
  }

  load(key: K): V | undefined {
    this.#open('load', key)
    this.#readCount++
    const value = this.#entries.get(key)
    return value === undefined ? undefined : this.#clone(value)
  }

  remove(key: K): boolean {
    this.#open('remove', key)
    this.#forgetVersion(key)
    return this.#entries.delete(key)
  }

  /** All or nothing: when the new keys do not fit, none is stored. */
  storeMany(entries: Iterable<readonly [K, V]>): void {
    this.#open('storeMany')
    const batch = new Map<K, V>()
    for (const [key, value] of entries) batch.set(key, this.#copy(key, value))
    let added = 0
    for (const key of batch.keys()) if (!this.#entries.has(key)) added++
    if (this.#entries.size + added > this.#maxEntries) throw this.#full(added)
    for (const [key, value] of batch) {
      this.#entries.set(key, value)
      this.#forgetVersion(key)
    }
    this.#writeCount += batch.size
  }

  loadMany(keys: Iterable<K>): Map<K, V> {
    this.#open('loadMany')
    const found = new Map<K, V>()
    for (const key of keys) {
      const value = this.load(key)
      if (value !== undefined) found.set(key, value)
    }
    return found
  }

  removeMany(keys: Iterable<K>): number {
    this.#open('removeMany')
    let existed = 0
    for (const key of keys) {
      this.#forgetVersion(key)
      if (this.#entries.delete(key)) existed++
    }
    return existed
  }

  /** The value and its version. A version is remembered, some 100 bytes, until its entry is written plainly or removed. */
  loadVersioned(key: K): Versioned<V> | undefined {
    this.#open('loadVersioned', key)
    this.#readCount++
    const value = this.#entries.get(key)
    return value === undefined ? undefined : { value: this.#clone(value), version: this.#versionOf(key)! }
  }

  storeIf(key: K, value: V, expected: string | undefined, version: string): boolean {
    this.#open('storeIf', key)
    const copy = this.#copy(key, value)
    if (this.#versionOf(key) !== expected) return false
    if (expected === undefined && this.#entries.size >= this.#maxEntries) throw this.#full(1, key)
    this.#entries.set(key, copy)
    this.#versions.set(key, version)
    this.#writeCount++
    return true
  }

  removeIf(key: K, expected: string): boolean {
    this.#open('removeIf', key)
    if (this.#versionOf(key) !== expected) return false
    this.#versions.delete(key)
    return this.#entries.delete(key)
  }

  /** True: `holder` has the lease of `key` for `leaseMs`. Leases are no entries, and die with the store. O(1) amortised. */
  acquireLease(key: K, holder: string, leaseMs: number): boolean {
    this.#open('acquireLease', key)
    return this.#leases.acquire(key, holder, leaseMs)
  }

  releaseLease(key: K, holder: string): void {
    this.#open('releaseLease', key)
    this.#leases.release(key, holder)
  }

  /** The keys as they are at the call. O(entries). */
  keys(): Iterable<K> {
    this.#open('keys')
    return [...this.#entries.keys()]
  }

  close(): void {
    this.#closed = true
    this.#entries.clear()
    this.#versions.clear()
    this.#leases.clear()
  }

  /** A plain write gives its entry another version, which is made when somebody asks for it. */
  #forgetVersion(key: K): void {
    if (this.#versions.size > 0) this.#versions.delete(key)
  }

  #versionOf(key: K): string | undefined {
    const known = this.#versions.get(key)
    if (known !== undefined || !this.#entries.has(key)) return known
    const version = newVersion()
    this.#versions.set(key, version)
    return version
  }

  #copy(key: K, value: V): V {
    if (value === undefined) {
      throw new TypeError(`InMemoryStore: undefined cannot be stored for ${keyText(key)}; use remove`)
    }
    try {
      return this.#clone(value)
    } catch (cause) {
      const message = `store of ${keyText(key)}: the value cannot be cloned; hand in a clone function that can`
      throw new StoreError('INVALID_VALUE', message, { key, cause })
    }
  }

  #open(operation: string, key?: K): void {
    if (!this.#closed) return
    const what = key === undefined ? operation : `${operation} of ${keyText(key)}`
    throw new StoreError('CLOSED', `${what}: this InMemoryStore was closed; open another`, { key })
  }

  #full(added: number, key?: K): StoreError {
    const what = key === undefined ? `storeMany of ${added} new keys` : `store of ${keyText(key)}`
    const message = `${what}: the store is full with ${this.#entries.size} of ${this.#maxEntries} entries; remove some or raise maxEntries`
    return new StoreError('STORE_FULL', message, { key })
  }
}

function cloneObject<V>(value: V): V {
  return typeof value === 'object' && value !== null ? structuredClone(value) : value
}
