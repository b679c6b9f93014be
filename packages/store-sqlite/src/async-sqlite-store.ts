import type { AsyncBackingStore, CallOptions, Codec, StoreError, Versioned } from '@wt/core'
import { DatabaseThread, type Request } from './database-thread.ts'
import { KEYS_PAGE } from './entry-table.ts'
import { receivedError, type SentError } from './messages.ts'
import { checkPath, codecOf, type Settings, type SqliteStoreOptions, settingsOf } from './options.ts'
import { decodeNextKey, decodeValue, encodeKey, encodeValue } from './row.ts'
import { type Verification, verifyEntriesLater } from './verify.ts'

/** As for `SqliteStore`, without `database`: a connection cannot change its thread. */
export type AsyncSqliteStoreOptions<V> = Omit<SqliteStoreOptions<V>, 'database'>

/**
 * The same store as `SqliteStore`, on the same files, with its database on a thread of its own: no call blocks the event loop.
 * Calls made in one turn, or while others are on their way, share a commit, or two while commits are quick; each is answered
 * when its own is as durable as `durability` says. Calls take effect in their order. Values and keys are encoded at the call.
 *
 * The file is opened by the first call: when it cannot be, that call and those that wait with it reject with what the
 * constructor of `SqliteStore` throws, and the next one tries again. When the thread ends over a call, for want of memory, say,
 * the call rejects with `UNAVAILABLE`, `applied: 'unknown'`, and takes no effect later; the next call starts another thread,
 * and `revision` changes. A thread that ends again and again is started again ever later, at most 5 seconds.
 *
 * A call whose `signal` aborts before the thread was asked rejects with `ABORTED`, `applied: 'no'`; later the signal does nothing.
 * An idle store does not keep the process alive.
 */
export class AsyncSqliteStore<V = unknown> implements AsyncBackingStore<string, V> {
  readonly durability: 'power' | 'process'
  readonly #settings: Settings
  readonly #codec: Codec<V>
  readonly #thread: DatabaseThread

  /** Throws a `TypeError` or `RangeError` for a wrong option. Touches no file. */
  constructor(options: AsyncSqliteStoreOptions<V>) {
    if ('database' in options) {
      throw new TypeError(
        'AsyncSqliteStore: it opens path on a thread of its own; a database can be handed to SqliteStore',
      )
    }
    this.#settings = settingsOf('AsyncSqliteStore', options)
    this.durability = this.#settings.durability
    this.#codec = codecOf('AsyncSqliteStore', options)
    this.#thread = new DatabaseThread(this.#settings)
  }

  /** Holds `value` under `key`, in place of what was there. */
  async store(key: string, value: V, options?: CallOptions): Promise<void> {
    this.#thread.assertOpen('store', key)
    const pieces = this.#piecesOf('store', key, value)
    await this.#thread.call({ name: 'store', key, pieces, signal: options?.signal })
  }

  /** The value held under `key`, or undefined. Rejects with `CORRUPT` when it does not verify; `store` then heals it. */
  async load(key: string, options?: CallOptions): Promise<V | undefined> {
    this.#thread.assertOpen('load', key)
    const request = { name: 'load', key, pieces: [keyBytesOf('load', key)], signal: options?.signal } as const
    const [value] = (await this.#thread.call(request)).pieces!
    return value === undefined ? undefined : decodeValue(key, value, this.#codec)
  }

  /** Removes `key`; true when it existed. */
  async remove(key: string, options?: CallOptions): Promise<boolean> {
    this.#thread.assertOpen('remove', key)
    const pieces = [keyBytesOf('remove', key)]
    const { result } = await this.#thread.call({ name: 'remove', key, pieces, signal: options?.signal })
    return result as boolean
  }

  /** Stores all entries, or none. They are read and encoded at the call. */
  async storeMany(entries: Iterable<readonly [string, V]>, options?: CallOptions): Promise<void> {
    this.#thread.assertOpen('storeMany')
    const pieces: Uint8Array[] = []
    for (const [key, value] of entries) pieces.push(...this.#piecesOf('storeMany', key, value))
    if (pieces.length > 0) await this.#thread.call({ name: 'storeMany', pieces, signal: options?.signal })
  }

  /** The values of those keys that exist; rejects as `load` does when one cannot be read. */
  async loadMany(keys: Iterable<string>, options?: CallOptions): Promise<Map<string, V>> {
    this.#thread.assertOpen('loadMany')
    const unique = [...new Set(keys)]
    const values = await Promise.all(unique.map((key) => this.load(key, options)))
    const found = new Map<string, V>()
    for (const [place, key] of unique.entries()) {
      const value = values[place]
      if (value !== undefined) found.set(key, value)
    }
    return found
  }

  /** Removes all keys, or none; how many existed. */
  async removeMany(keys: Iterable<string>, options?: CallOptions): Promise<number> {
    this.#thread.assertOpen('removeMany')
    const pieces = Array.from(keys, (key) => keyBytesOf('removeMany', key))
    if (pieces.length === 0) return 0
    const { result } = await this.#thread.call({ name: 'removeMany', pieces, signal: options?.signal })
    return result as number
  }

  /** As `load`, with the version of the entry. */
  async loadVersioned(key: string, options?: CallOptions): Promise<Versioned<V> | undefined> {
    const name = 'loadVersioned'
    this.#thread.assertOpen(name, key)
    const request = { name, key, pieces: [keyBytesOf(name, key)], signal: options?.signal } as const
    const [value, version] = (await this.#thread.call(request)).pieces!
    if (value === undefined) return undefined
    return { value: decodeValue(key, value, this.#codec), version: Buffer.from(version!).toString() }
  }

  /** Holds `value` under `key` if its version is `expected`. The value is encoded at the call. */
  async storeIf(
    key: string,
    value: V,
    expected: string | undefined,
    version: string,
    options?: CallOptions,
  ): Promise<boolean> {
    const name = 'storeIf'
    this.#thread.assertOpen(name, key)
    const pieces: Uint8Array[] = [...this.#piecesOf(name, key, value), Buffer.from(version)]
    if (expected !== undefined) pieces.push(Buffer.from(expected))
    return (await this.#thread.call({ name, key, pieces, signal: options?.signal })).result as boolean
  }

  /** Removes `key` if its version is `expected`. */
  async removeIf(key: string, expected: string, options?: CallOptions): Promise<boolean> {
    const name = 'removeIf'
    this.#thread.assertOpen(name, key)
    const pieces = [keyBytesOf(name, key), Buffer.from(expected)]
    return (await this.#thread.call({ name, key, pieces, signal: options?.signal })).result as boolean
  }

  /** True: `holder` has the lease of `key` for `leaseMs`, by the machine's wall clock. */
  async acquireLease(key: string, holder: string, leaseMs: number, options?: CallOptions): Promise<boolean> {
    const name = 'acquireLease'
    this.#thread.assertOpen(name, key)
    const pieces = [keyBytesOf(name, key), Buffer.from(holder), Buffer.from(String(leaseMs))]
    return (await this.#thread.call({ name, key, pieces, signal: options?.signal })).result as boolean
  }

  /** Ends the lease of `key` if `holder` has it, and forgets what leases are over. */
  async releaseLease(key: string, holder: string, options?: CallOptions): Promise<void> {
    const name = 'releaseLease'
    this.#thread.assertOpen(name, key)
    const pieces = [keyBytesOf(name, key), Buffer.from(holder)]
    await this.#thread.call({ name, key, pieces, signal: options?.signal })
  }

  /** The keys in the order of their UTF-8 bytes, read in pages of 256. Between two pages nothing is held open. */
  keys(options?: CallOptions): AsyncIterable<string> {
    this.#thread.assertOpen('keys')
    return this.#keys(options)
  }

  /** Changes when another connection has written to the database, and when it was opened anew: by a new thread too. */
  async revision(options?: CallOptions): Promise<string> {
    const request: Request = { name: 'revision', pieces: [], signal: options?.signal }
    return (await this.#thread.call(request)).result as string
  }

  /**
   * Writes a copy of the whole database, as it is now, to a new file, which any store can open. When it resolves the copy lasts;
   * when it rejects there is none: `WRITE_FAILURE` when something is at `path` already, `CORRUPT` when a damaged page keeps it
   * from being whole. It has a thread of its own, so that other calls go on. O(size of the database).
   */
  async backup(path: string): Promise<void> {
    this.#thread.assertOpen('backup')
    const target = checkPath('AsyncSqliteStore', path)
    await this.#aside({ name: 'backup', pieces: [Buffer.from(target)] })
  }

  /**
   * Reads every entry and checks the file's own structure: a `CORRUPT` for each that is damaged, with its key where that can
   * be told. Other calls go on meanwhile. O(size of the database).
   */
  verify(): Promise<Verification> {
    return verifyEntriesLater(
      this.#pages(),
      (key) => this.load(key),
      () => this.#structureFaults(),
    )
  }

  /**
   * Answers what was asked before, closes the file, and ends the thread. Idempotent. Rejects with `TIMEOUT` when that takes
   * more than 10 seconds and `busyTimeoutMs`: the thread then ends as soon as the database lets it.
   */
  close(): Promise<void> {
    return this.#thread.close()
  }

  async *#keys(options?: CallOptions): AsyncGenerator<string, void, undefined> {
    for await (const page of this.#pages(options)) yield* page
  }

  async *#pages(options?: CallOptions): AsyncGenerator<string[], void, undefined> {
    let after: Uint8Array | undefined
    for (;;) {
      const pieces = after === undefined ? [] : [after]
      const answer = await this.#thread.call({ name: 'keys', pieces, signal: options?.signal })
      const page: string[] = []
      for (const key of answer.pieces!) {
        page.push(decodeNextKey(key, after))
        after = key
      }
      yield page
      if (page.length < KEYS_PAGE) return
    }
  }

  async #structureFaults(): Promise<StoreError[]> {
    const { result } = await this.#aside({ name: 'structureFaults', pieces: [] })
    return (result as SentError[]).map(receivedError)
  }

  /** What takes long is done by another thread, which ends with it. */
  async #aside(request: Request): Promise<{ result?: unknown }> {
    const thread = new DatabaseThread(this.#settings)
    try {
      return await thread.call(request)
    } finally {
      await thread.close()
    }
  }

  #piecesOf(operation: string, key: string, value: V): [key: Uint8Array, value: Uint8Array] {
    const keyBytes = keyBytesOf(operation, key)
    const valueBytes = encodeValue('AsyncSqliteStore', operation, key, value, this.#codec)
    // A codec may give back the caller's own memory, which the caller may change before the message goes.
    return [keyBytes, Buffer.from(valueBytes)]
  }
}

function keyBytesOf(operation: string, key: string): Uint8Array {
  return encodeKey('AsyncSqliteStore', operation, key)
}
