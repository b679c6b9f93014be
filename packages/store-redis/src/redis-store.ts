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
import { configuredDurability } from './durability.ts'
import { ForeignConnection } from './foreign-connection.ts'
import type { Command } from './link.ts'
import { listKeys } from './list-keys.ts'
import { Names } from './names.ts'
import { clientOptionsOf, type RedisStoreOptions, type Settings, settingsOf } from './options.ts'
import { RedisConnection } from './redis-connection.ts'
import { Tracking } from './tracking.ts'
import { translateError } from './translate-error.ts'
import { decodeValue, encodeValue } from './values.ts'
import { checkVersion, removeIfCommand, storeIfCommand, valueIn, versionIn, withVersion } from './versions.ts'
import { Writes } from './writes.ts'

/** As PTTL answers for a key that stays. */
const NO_EXPIRY: PromiseFulfilledResult<unknown> = { status: 'fulfilled', value: -1 }

/**
 * A store on Redis 7 or Valkey, a single node. Each entry is a string of its own, as the codec made it, under `prefix` and key.
 *
 * - It connects at the first call, and again whenever the connection was lost. While the server is away calls reject with
 *   `UNAVAILABLE`: those that wait for a connection within `connectTimeoutMs`, those that were sent within `commandTimeoutMs`.
 * - A write whose connection was lost is `applied: 'unknown'`, and takes effect before the next call of this store, or never.
 * - Calls take effect in their order. Values and keys are encoded at the call. A call whose `signal` aborts before it was
 *   sent, which is in the next turn, rejects with `ABORTED`, `applied: 'no'`; later the signal does nothing.
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
  readonly #settings: Settings<V>
  readonly #names: Names
  readonly #secrets: ReadonlySet<string>
  readonly #connection: RedisConnection | ForeignConnection
  readonly #writes: Writes
  #durability: Durability | undefined
  #tracking: Tracking | undefined
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
    const { replicas } = settings
    if (options.client !== undefined) {
      this.#secrets = new Set()
      this.#connection = new ForeignConnection(options.client, settings)
      this.#writes = new Writes(this.#connection, this.#secrets, replicas)
      return
    }
    const { client, secrets } = clientOptionsOf(options.url!, options.connection)
    this.#secrets = secrets
    const connecting = { ...settings, client, secrets }
    const connection = new RedisConnection({
      ...connecting,
      prepare: async (link) => {
        this.#durability = await configuredDurability(link)
      },
    })
    this.#connection = connection
    this.#writes = new Writes(connection, this.#secrets, replicas)
    this.subscribe = async (listener) => {
      this.#assertOpen('subscribe')
      if (this.#tracking !== undefined) {
        throw new TypeError('RedisStore: it has a listener already; give each cache a RedisStore of its own')
      }
      const canaries = new RedisConnection({ ...connecting, lateWrites: true })
      return this.#track(connection, canaries, listener)
    }
  }

  /**
   * What an acknowledged write survives, as the server said when it was connected to: `'power'` with `appendfsync always`.
   * Before the first connection, and where its user may not ask, it is what the option says, else `'none'`.
   */
  get durability(): Durability {
    return this.#durability ?? this.#settings.durability ?? 'none'
  }

  /** Connects, which every call does by itself: to learn at once that the server can be used. Rejects as a `load` does. */
  async connect(): Promise<void> {
    this.#assertOpen('connect')
    await this.#translated('connect', this.#connection.ready())
  }

  /** Holds `value` under `key`, in place of what was there. */
  async store(key: string, value: V, options?: CallOptions): Promise<void> {
    this.#assertOpen('store', key)
    const since = performance.now()
    const command = this.#storeCommand('store', key, value)
    await this.#writes.one('store', key, command, options?.signal)
    this.#tracking?.expires(key, this.#settings.expireAfterMs, since)
  }

  /** The value held under `key`, or undefined. Rejects with `CORRUPT` when the codec cannot read what is there. */
  async load(key: string, options?: CallOptions): Promise<V | undefined> {
    this.#assertOpen('load', key)
    const [value] = await this.#load('load', [key], options?.signal)
    return value
  }

  async #loadVersioned(key: string, options?: CallOptions): Promise<Versioned<V> | undefined> {
    this.#assertOpen('loadVersioned', key)
    const [stored] = await this.#read('loadVersioned', [key], options?.signal)
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
    this.#tracking?.expires(key, expireAfterMs, since)
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
    for (const key of commands.keys()) this.#tracking?.expires(key, this.#settings.expireAfterMs, since)
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
    return listKeys(this.#names, async (command) => {
      this.#assertOpen('keys')
      const [reply] = this.#connection.send([command], options?.signal)
      return { page: await this.#translated('keys', reply!), runId: this.#connection.runId }
    })
  }

  /** Answers what was asked before, and closes its connections. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    await this.#tracking?.stop()
    await this.#connection.close()
  }

  #track(
    connection: RedisConnection,
    canaries: RedisConnection,
    tell: (change: Change<string>) => void,
  ): Unsubscribe {
    const { heartbeatMs, heartbeatTimeoutMs } = this.#settings
    const names = this.#names
    const tracking = new Tracking({ names, connection, canaries, heartbeatMs, heartbeatTimeoutMs, tell })
    this.#tracking = tracking
    return async () => {
      if (this.#tracking !== tracking) return
      this.#tracking = undefined
      await tracking.stop()
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
    const stored = await this.#read(name, keys, signal)
    return keys.map((key, place) => this.#decoded(name, key, stored[place]!))
  }

  #decoded(name: string, key: string, stored: Buffer | null): V | undefined {
    const valueBytes = stored !== null && this.#settings.versions ? valueIn(stored) : stored
    return decodeValue(this.#settings.codec, name, key, valueBytes)
  }

  /** What the server holds under each key. */
  async #read(
    name: string,
    keys: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<(Buffer | null)[]> {
    const tracking = this.#tracking
    const since = performance.now()
    const commands: Command[] = []
    for (const key of keys) {
      const stored = this.#names.nameOf(name, key)
      commands.push(['GET', stored])
      // Who holds the value has to know how long it lives. Whoever changes it meanwhile is heard of.
      if (tracking !== undefined) commands.push(['PTTL', stored])
    }
    const replies = await Promise.allSettled(this.#connection.send(commands, signal))
    const each = tracking === undefined ? 1 : 2
    return keys.map((key, place) => {
      const [reply, lifetime = NO_EXPIRY] = replies.slice(each * place, each * (place + 1))
      for (const { status, reason } of [reply, lifetime] as PromiseRejectedResult[]) {
        if (status === 'rejected') throw translateError(reason, { name, kind: 'read', key }, this.#secrets)
      }
      const [found, leftMs] = [reply, lifetime].map((each) => (each as PromiseFulfilledResult<unknown>).value)
      // -1: it does not expire. -2: it has expired since it was read.
      if (found !== null && leftMs !== -1) tracking?.expires(key, Math.max(Number(leftMs), 0), since)
      return found as Buffer | null
    })
  }

  async #translated<T>(name: string, reply: Promise<T>): Promise<T> {
    try {
      return await reply
    } catch (cause) {
      throw translateError(cause, { name, kind: 'read' }, this.#secrets)
    }
  }

  #assertOpen(operation: string, key?: string): void {
    if (this.#closing === undefined) return
    const where = key === undefined ? operation : `${operation} of ${keyText(key)}`
    throw new StoreError('CLOSED', `${where}: the store was closed; open another`, { key })
  }
}
