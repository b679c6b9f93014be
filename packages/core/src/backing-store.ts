/** A value now, or a promise of it. */
export type Awaitable<T> = T | PromiseLike<T>

/** What an acknowledged write survives: nothing; the death of the process; a power cut. Each includes the one before. */
export type Durability = 'none' | 'process' | 'power'

/**
 * Where the truth is: the store behind a write-through cache.
 *
 * Contract
 * - When `store` or `remove` returns, its effect is visible to `load` and as durable as `durability` says.
 * - Calls for one key take effect in the order of the calls.
 * - `undefined` is never a value. `null`, `0`, `''` and empty bytes are values like any other.
 * - A value taken by `store` and one given by `load` share no memory with what the store holds.
 * - A failure is thrown as a `StoreError`; for a write its `applied` says whether the store is as it was.
 *
 * Methods marked optional are capabilities, found by their presence.
 */
export interface BackingStore<K, V> {
  /** Absent means that the store does not say. */
  readonly durability?: Durability

  /** Holds `value` under `key`, in place of what was there. */
  store(key: K, value: V): void

  /** The value held under `key`; `undefined` when there is none, never when it could not be read: that throws. */
  load(key: K): V | undefined

  /** Removes `key`; true when it existed. */
  remove(key: K): boolean

  /** Stores all entries; of duplicate keys the last wins; none is fine. All or nothing, or a `BulkStoreError`. */
  storeMany?(entries: Iterable<readonly [K, V]>): void

  /** The values of those keys that exist. When it throws, the cache falls back to `load`, key by key. */
  loadMany?(keys: Iterable<K>): Map<K, V>

  /** Removes all keys; how many existed. All or nothing, or a `BulkStoreError`. */
  removeMany?(keys: Iterable<K>): number

  /** Each key once, if it is there from beginning to end. Holds no lock, cursor or handle between two steps. */
  keys?(): Iterable<K>

  /** Changes whenever anyone else changed the store, also across a reopen. */
  revision?(): string | number

  /**
   * As `load`, with the version of the entry, of the same moment. A version is a token that never comes back for a key, not
   * after a remove, an expiry, or a write of the same value; every write gives its entry another. A store has `loadVersioned`,
   * `storeIf` and `removeIf`, or none of them.
   */
  loadVersioned?(key: K): Versioned<V> | undefined

  /**
   * Holds `value` under `key` with the version `version`, which the caller made by `newVersion`, if the entry's version is
   * `expected`; where that is `undefined`, if there is no entry. False when it is another: nothing changed. The comparing
   * and the storing are one step, whoever else writes. Throws as `store` does.
   */
  storeIf?(key: K, value: V, expected: string | undefined, version: string): boolean

  /** Removes `key` if its version is `expected`; false when it is another, or there is no entry: nothing changed. */
  removeIf?(key: K, expected: string): boolean

  /**
   * True: from now on `holder` has the lease of `key`, for `leaseMs`, an integer from 1, by the store's clock, unless it is released
   * before. False: somebody has it, which may be `holder`, and nothing changed. Of all who ask at once one is told `true`,
   * whichever processes they are in. It says who shall produce what is not there; it keeps nobody from writing, is no
   * entry, and outlives its holder's process. A store has `acquireLease` and `releaseLease`, or neither of them.
   */
  acquireLease?(key: K, holder: string, leaseMs: number): boolean

  /** Ends the lease of `key` if `holder` has it; nothing happens when not, as it is over, or another's. */
  releaseLease?(key: K, holder: string): void

  /** Frees what the store holds open. Idempotent; every other call afterwards throws `CLOSED`. */
  close?(): void
}

/** A value, and the version of the entry that holds it. */
export interface Versioned<V> {
  readonly value: V
  readonly version: string
}

/** A last argument of the asynchronous store's methods. */
export interface CallOptions {
  readonly signal?: AbortSignal
}

/**
 * The same contract, where each method may answer later. Every `BackingStore` is an `AsyncBackingStore`.
 * `store` takes the value as it is at the call; a store that answers later rejects and never throws.
 */
export interface AsyncBackingStore<K, V> {
  readonly durability?: Durability
  /**
   * True when a write that was rejected with `applied: 'unknown'` may still take effect after a later call of this store was
   * answered.
   */
  readonly lateWrites?: boolean

  store(key: K, value: V, options?: CallOptions): Awaitable<void>
  load(key: K, options?: CallOptions): Awaitable<V | undefined>
  remove(key: K, options?: CallOptions): Awaitable<boolean>
  storeMany?(entries: Iterable<readonly [K, V]>, options?: CallOptions): Awaitable<void>
  loadMany?(keys: Iterable<K>, options?: CallOptions): Awaitable<Map<K, V>>
  removeMany?(keys: Iterable<K>, options?: CallOptions): Awaitable<number>
  keys?(options?: CallOptions): Iterable<K> | AsyncIterable<K>
  revision?(options?: CallOptions): Awaitable<string | number>
  loadVersioned?(key: K, options?: CallOptions): Awaitable<Versioned<V> | undefined>
  storeIf?(
    key: K,
    value: V,
    expected: string | undefined,
    version: string,
    options?: CallOptions,
  ): Awaitable<boolean>
  removeIf?(key: K, expected: string, options?: CallOptions): Awaitable<boolean>
  acquireLease?(key: K, holder: string, leaseMs: number, options?: CallOptions): Awaitable<boolean>
  releaseLease?(key: K, holder: string, options?: CallOptions): Awaitable<void>
  /** Tells the listener of changes that others made. Begins `down`; `up` once delivery is confirmed. */
  subscribe?(listener: (change: Change<K>) => void): Awaitable<Unsubscribe>
  close?(): Awaitable<void>
}

/** What others did to the store: some keys changed, any may have, or the news have stopped or come again. */
export type Change<K> =
  | { readonly type: 'keys'; readonly keys: readonly K[] }
  | { readonly type: 'all' }
  | { readonly type: 'down' }
  | { readonly type: 'up' }

export type Unsubscribe = () => Awaitable<void>
