import {
  type AsyncBackingStore,
  type CallOptions,
  type Change,
  type Durability,
  keyText,
  StoreError,
  type Unsubscribe,
  type Versioned,
} from '@wt/core'
import { Leases } from './leases.ts'
import type { Command } from './link.ts'
import { makeSender } from './make-sender.ts'
import { Names } from './names.ts'
import { type RedisStoreOptions, type Settings, settingsOf } from './options.ts'
import { Reads } from './reads.ts'
import type { Sender } from './sender.ts'
import { translateError } from './translate-error.ts'
import { decodeValue, encodeValue } from './values.ts'
import { checkVersion, removeIfCommand, storeIfCommand, valueIn, versionIn, withVersion } from './versions.ts'
import { Writes } from './writes.ts'

/**
 * A store on Redis 7 or Valkey, a single node or a Cluster. Each entry is a string of its own, as the codec made it, under `prefix`
 * and key.
 *
 * - It connects at the first call, and again whenever the connection was lost. While the server is away calls reject with
 *   `UNAVAILABLE`: those that wait for a connection within `connectTimeoutMs`, those that were sent within `commandTimeoutMs`.
 * - A write whose connection was lost is `applied: 'unknown'`, and takes effect before the next call of this store, or never.
 * - Calls take effect in their order, in a Cluster those of one key. Values and keys are encoded at the call. A call whose
 *   `signal` aborts before it was sent, which is in the next turn, rejects with `ABORTED`, `applied: 'no'`; later the signal
 *   does nothing.
 * - `subscribe` tells a cache what others changed. An idle store does not keep the process alive.
 */
export class RedisStore<V = unknown> implements AsyncBackingStore<string, V> {
  /** True with a `client` that was handed in, and by option. */
  readonly lateWrites: boolean
  /**
   * Tells one listener, a cache, of what others write, remove and let expire, within one message; absent with a `client` that
   * was handed in. Rejects with a `TypeError` when there is a listener already: what one of two caches over one store
   * writes, the server would not tell the other. Give each cache a store of its own.
   */
  readonly subscribe?: (listener: (change: Change<string>) => void) => Promise<Unsubscribe>
  /** As `load`, with the version of the entry. Absent, as are `storeIf` and `removeIf`, without `versions: true`. */
  readonly loadVersioned?: (key: string, options?: CallOptions) => Promise<Versioned<V> | undefined>
  /** Holds `value` under `key`, with that version, if the entry's is `expected`; undefined: if there is none. False when not. */
  readonly storeIf?: (
    key: string,
    value: V,
    expected: string | undefined,
    version: string,
    options?: CallOptions,
  ) => Promise<boolean>
  /** Removes `key` if its version is `expected`; false when not. */
  readonly removeIf?: (key: string, expected: string, options?: CallOptions) => Promise<boolean>
  /** True: `holder` has the lease of `key` for `leaseMs`, by the server's clock. Absent, as is `releaseLease`, without `versions: true`. */
  readonly acquireLease?: (
    key: string,
    holder: string,
    leaseMs: number,
    options?: CallOptions,
  ) => Promise<boolean>
  /** Ends the lease of `key` if `holder` has it. */
  readonly releaseLease?: (key: string, holder: string, options?: CallOptions) => Promise<void>
  readonly #settings: Settings<V>
  readonly #names: Names
  readonly #sender: Sender
  readonly #reads: Reads
  readonly #writes: Writes
  #closing: Promise<void> | undefined

  /** Throws a `TypeError` or `RangeError` for a wrong option. Connects to nothing. */
  constructor(options: RedisStoreOptions<V>) {
    const settings = settingsOf(options)
    this.#settings = settings
    this.lateWrites = settings.lateWrites
    this.#names = new Names(settings.prefix)
    if (settings.versions) {
      this.loadVersioned = (key, call) => this.#loadVersioned(key, call)
      this.storeIf = (...parameters) => this.#storeIf(...parameters)
      this.removeIf = (key, expected, call) => this.#removeIf(key, expected, call)
    }
    this.#sender = makeSender(options, { ...settings, names: this.#names })
    this.#reads = new Reads(this.#sender, this.#names)
    this.#writes = new Writes(this.#sender)
    if (settings.versions) {
      const leases = new Leases(this.#writes, this.#names)
      this.acquireLease = async (key, holder, leaseMs, call) => {
        this.#assertOpen('acquireLease', key)
        return leases.acquire(key, holder, leaseMs, call?.signal)
      }
      this.releaseLease = async (key, holder, call) => {
        this.#assertOpen('releaseLease', key)
        await leases.release(key, holder, call?.signal)
      }
    }
    const { track } = this.#sender
    if (track !== undefined) this.subscribe = async (listener) => this.#subscribe(track, listener)
  }

  /**
   * What an acknowledged write survives, as the server said when it was connected to: `'power'` with `appendfsync always`.
   * Before the first connection, and where its user may not ask, it is what the option says, else `'none'`.
   */
  get durability(): Durability {
    return this.#sender.durability ?? this.#settings.durability ?? 'none'
  }

  /** Connects, which every call does by itself: to learn at once that the server can be used. Rejects as a `load` does. */
  async connect(): Promise<void> {
    this.#assertOpen('connect')
    await this.#translated('connect', this.#sender.ready())
  }

  /** Holds `value` under `key`, in place of what was there. */
  async store(key: string, value: V, options?: CallOptions): Promise<void> {
    this.#assertOpen('store', key)
    const since = performance.now()
    const command = this.#storeCommand('store', key, value)
    await this.#writes.one('store', key, command, options?.signal)
    this.#reads.tracker?.expires(key, this.#settings.expireAfterMs, since)
  }

  /** The value held under `key`, or undefined. Rejects with `CORRUPT` when the codec cannot read what is there. */
  async load(key: string, options?: CallOptions): Promise<V | undefined> {
    this.#assertOpen('load', key)
    const [value] = await this.#load('load', [key], options?.signal)
    return value
  }

  async #loadVersioned(key: string, options?: CallOptions): Promise<Versioned<V> | undefined> {
    this.#assertOpen('loadVersioned', key)
    const [stored] = await this.#reads.many('loadVersioned', [key], options?.signal)
    const value = this.#decoded('loadVersioned', key, stored!)
    return value === undefined ? undefined : { value, version: versionIn(stored!) }
  }

  async #storeIf(
    key: string,
    value: V,
    expected: string | undefined,
    version: string,
    options?: CallOptions,
  ): Promise<boolean> {
    this.#assertOpen('storeIf', key)
    checkVersion(version)
    const since = performance.now()
    const { codec, expireAfterMs } = this.#settings
    const name = this.#names.nameOf('storeIf', key)
    const stored = withVersion(encodeValue(codec, 'storeIf', key, value), version)
    const command = storeIfCommand(name, stored, expected, expireAfterMs)
    if ((await this.#writes.one('storeIf', key, command, options?.signal)) !== 1) return false
    this.#reads.tracker?.expires(key, expireAfterMs, since)
    return true
  }

  async #removeIf(key: string, expected: string, options?: CallOptions): Promise<boolean> {
    this.#assertOpen('removeIf', key)
    const command = removeIfCommand(this.#names.nameOf('removeIf', key), expected)
    return (await this.#writes.one('removeIf', key, command, options?.signal)) === 1
  }

  /** Removes `key`; true when it existed. */
  async remove(key: string, options?: CallOptions): Promise<boolean> {
    this.#assertOpen('remove', key)
    const command = ['DEL', this.#names.nameOf('remove', key)]
    return (await this.#writes.one('remove', key, command, options?.signal)) === 1
  }

  /** Stores each entry by itself, in one go; of duplicate keys the last. What failed is told by a `BulkStoreError`. */
  async storeMany(entries: Iterable<readonly [string, V]>, options?: CallOptions): Promise<void> {
    this.#assertOpen('storeMany')
    const since = performance.now()
    const commands = new Map<string, Command>()
    for (const [key, value] of entries) commands.set(key, this.#storeCommand('storeMany', key, value))
    await this.#writes.many('storeMany', commands, options?.signal)
    for (const key of commands.keys()) this.#reads.tracker?.expires(key, this.#settings.expireAfterMs, since)
  }

  /** The values of those keys that exist, asked for in one go; rejects as `load` does when one cannot be read. */
  async loadMany(keys: Iterable<string>, options?: CallOptions): Promise<Map<string, V>> {
    this.#assertOpen('loadMany')
    const unique = [...new Set(keys)]
    const values = await this.#load('loadMany', unique, options?.signal)
    const found = new Map<string, V>()
    for (const [place, key] of unique.entries()) {
      const value = values[place]
      if (value !== undefined) found.set(key, value)
    }
    return found
  }

  /** Removes each key by itself, in one go; how many existed. Fails as `storeMany` does. */
  async removeMany(keys: Iterable<string>, options?: CallOptions): Promise<number> {
    this.#assertOpen('removeMany')
    const commands = new Map<string, Command>()
    for (const key of keys) commands.set(key, ['DEL', this.#names.nameOf('removeMany', key)])
    const replies = await this.#writes.many('removeMany', commands, options?.signal)
    return replies.filter((reply) => reply === 1).length
  }

  /**
   * The keys in no order, by SCAN, some hundred at a time, with nothing open between two pages. What was told once is
   * remembered, so that nothing is told twice: O(keys) of memory. When the server is another meanwhile, it begins anew.
   */
  keys(options?: CallOptions): AsyncIterable<string> {
    this.#assertOpen('keys')
    return this.#keys(options?.signal)
  }

  /** Answers what was asked before, and closes its connections. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#reads.tracker?.stop()
    await this.#sender.close()
  }

  #subscribe(track: NonNullable<Sender['track']>, listener: (change: Change<string>) => void): Unsubscribe {
    this.#assertOpen('subscribe')
    if (this.#reads.tracker !== undefined) {
      throw new TypeError('RedisStore: it has a listener already; give each cache a RedisStore of its own')
    }
    const tracker = track(listener)
    this.#reads.tracker = tracker
    return async () => {
      if (this.#reads.tracker !== tracker) return
      this.#reads.tracker = undefined
      await tracker.stop()
    }
  }

  #storeCommand(operation: string, key: string, value: V): Command {
    const { codec, expireAfterMs, versions } = this.#settings
    const name = this.#names.nameOf(operation, key)
    const valueBytes = encodeValue(codec, operation, key, value)
    const stored = versions ? withVersion(valueBytes) : valueBytes
    return expireAfterMs === undefined
      ? ['SET', name, stored]
      : ['SET', name, stored, 'PX', String(expireAfterMs)]
  }

  async #load(
    name: string,
    keys: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<(V | undefined)[]> {
    const stored = await this.#reads.many(name, keys, signal)
    return keys.map((key, place) => this.#decoded(name, key, stored[place]!))
  }

  #decoded(name: string, key: string, stored: Buffer | null): V | undefined {
    const valueBytes = stored !== null && this.#settings.versions ? valueIn(stored) : stored
    return decodeValue(this.#settings.codec, name, key, valueBytes)
  }

  async *#keys(signal: AbortSignal | undefined): AsyncGenerator<string, void, undefined> {
    const pages = this.#sender.keyPages(signal)
    for (;;) {
      this.#assertOpen('keys')
      const page = await this.#translated('keys', pages.next())
      if (page.done === true) return
      yield* page.value
    }
  }

  async #translated<T>(name: string, reply: Promise<T>): Promise<T> {
    try {
      return await reply
    } catch (cause) {
      throw translateError(cause, { name, kind: 'read' }, this.#sender.secrets)
    }
  }

  #assertOpen(operation: string, key?: string): void {
    if (this.#closing === undefined) return
    const where = key === undefined ? operation : `${operation} of ${keyText(key)}`
    throw new StoreError('CLOSED', `${where}: the store was closed; open another`, { key })
  }
}
