import { resolve } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { type AsyncBackingStore, type CallOptions, type Codec, json } from '@wt/core'
import { removeFile, replaceFile, type WriteProtocol, writeProtocol } from './durable-write.ts'
import { checkKey, decodeEntry, encodeEntry } from './entry.ts'
import { realAsyncFileSystem } from './file-system.ts'
import { openStore, type Place, placeOf, type Shards } from './layout.ts'
import { listKeysLater } from './list-keys.ts'
import { type AsyncFsStoreOptions, checkAsyncFsStoreOptions } from './options.ts'
import { readValue } from './read-record.ts'
import { SharedSyncs } from './shared-syncs.ts'
import { runLater, type Steps } from './steps.ts'
import { aborted, closed, reading, writing } from './translate-error.ts'
import { type Passenger, Traffic } from './traffic.ts'
import { type Verification, verifyRecordsLater } from './verify.ts'
import type { Ground } from './walk.ts'
import { writeAll } from './write-batch.ts'

/**
 * `FsStore` for those who wait: the same directory, the same records, the same promises, and the thread is free while
 * the disk works. Both may have one directory open at once. Calls for one key take effect in the order of the calls;
 * those for different keys are under way side by side, and writes share the syncs of their directories, so that many
 * at once cost far less than as many one after the other.
 *
 * A call whose `signal` aborts before it has begun rejects with `ABORTED` and `applied: 'no'`; one that has begun runs
 * to its end. At most 128 writes and 32 reads are under way, and 192 files open; what is more waits. A write holds its
 * value, encoded, until it is done: who writes faster than the disk for long has to hold back.
 */
export class AsyncFsStore<V = unknown> implements AsyncBackingStore<string, V> {
  readonly durability: 'power' | 'process'
  readonly #root: string
  readonly #codec: Codec<V>
  readonly #protocol: WriteProtocol
  readonly #traffic = new Traffic()
  #opening: Promise<Shards> | undefined
  #closed = false

  /**
   * Throws for wrong options; touches nothing. The first call opens the store at `path`, or makes one, and sweeps what
   * crashed writers left. When that cannot be, also because a newer version of this package wrote there, the call
   * rejects with `UNAVAILABLE`, and the next one tries again. `await store.loadMany([])` opens it and does no more.
   */
  constructor(options: AsyncFsStoreOptions<V>) {
    const {
      path,
      codec = json<V>(),
      durability = 'power',
      fileSystem: files = realAsyncFileSystem,
    } = checkAsyncFsStoreOptions(options)
    this.durability = durability
    this.#root = resolve(path)
    this.#codec = codec
    const pause = (durationMs: number) => setTimeout(durationMs)
    this.#protocol = writeProtocol(files, durability, new SharedSyncs(files), pause)
  }

  /**
   * Replaces the value of `key`, as it is at the call, in one step. Rejects with `INVALID_KEY`, `INVALID_VALUE`,
   * `STORE_FULL`, `READ_ONLY`, `WRITE_FAILURE`, `UNAVAILABLE` or `ABORTED`; `applied` is `'unknown'` only from the
   * rename on, and then `load` answers the old or the new value.
   */
  async store(key: string, value: V, { signal }: CallOptions = {}): Promise<void> {
    this.#check('store', key)
    const record = encodeEntry(this.#codec, 'store', key, value)
    await this.#replace('store', key, record, signal)
  }

  /**
   * The value of `key`, `undefined` when there is none; that of the writes of `key` that were asked for before, for
   * which it waits. Rejects with `CORRUPT` when its record does not verify, which a `store` or `remove` of the key
   * heals, and with `READ_FAILURE` when it cannot be read.
   */
  async load(key: string, { signal }: CallOptions = {}): Promise<V | undefined> {
    this.#check('load', key)
    const { files } = this.#protocol
    const bytes = await this.#traffic.read(passenger('load', key, signal), async (begin) => {
      const { directory, name } = placeOf(await this.#open(), key)
      begin()
      return await runLater(reading('load', key, readValue(files, directory, name, key)))
    })
    return bytes === undefined ? undefined : decodeEntry(this.#codec, 'load', key, bytes)
  }

  /** Removes `key`, damaged or not; true when it existed. Fails as `store` does. */
  async remove(key: string, { signal }: CallOptions = {}): Promise<boolean> {
    this.#check('remove', key)
    return await this.#remove('remove', key, signal)
  }

  /**
   * Stores each entry by itself, all at once. Of duplicates the last wins. When an entry is one that no store could
   * hold, nothing is written; else a failure is a `BulkStoreError`, after the last key. Holds the encoded batch in
   * memory.
   */
  async storeMany(entries: Iterable<readonly [string, V]>, { signal }: CallOptions = {}): Promise<void> {
    this.#assertOpen('storeMany', undefined, signal)
    const records = new Map<string, Uint8Array>()
    for (const [key, value] of entries) {
      this.#check('storeMany', key)
      records.set(key, encodeEntry(this.#codec, 'storeMany', key, value))
    }
    await writeAll('storeMany', records.keys(), (key) =>
      this.#replace('storeMany', key, records.get(key) as Uint8Array, signal),
    )
  }

  /** One `load` for each key, all at once; after the last, the first failure rejects. */
  async loadMany(keys: Iterable<string>, options: CallOptions = {}): Promise<Map<string, V>> {
    this.#assertOpen('loadMany', undefined, options.signal)
    const distinct = [...new Set(keys)]
    const loads = distinct.map((key) => this.load(key, options))
    // None is left running when the first failure is told. Without a key, the store is opened all the same.
    await Promise.allSettled(loads)
    await this.#traffic.track(this.#open())
    const found = new Map<string, V>()
    for (const [index, load] of loads.entries()) {
      const value = await load
      if (value !== undefined) found.set(distinct[index] as string, value)
    }
    return found
  }

  /**
   * Removes each key by itself, all at once; how many existed. Fails as `storeMany` does, and `written` are then the
   * keys that are gone.
   */
  async removeMany(keys: Iterable<string>, { signal }: CallOptions = {}): Promise<number> {
    this.#assertOpen('removeMany', undefined, signal)
    const distinct = new Set(keys)
    for (const key of distinct) this.#check('removeMany', key)
    let existed = 0
    await writeAll('removeMany', distinct, async (key) => {
      if (await this.#remove('removeMany', key, signal)) existed++
    })
    return existed
  }

  /**
   * The keys in no order, those of a sixteenth of the records in memory at a time, with nothing open between two of
   * them. Rejects with `CORRUPT` or `READ_FAILURE` after the last one when there are records whose key cannot be read.
   */
  async *keys({ signal }: CallOptions = {}): AsyncGenerator<string, void, undefined> {
    yield* listKeysLater(await this.#ground('keys', signal), this.#look)
  }

  /**
   * Reads every record whole, and decodes it: those whose `load` would be `CORRUPT` are in `damaged`. Nothing is
   * changed, and what is not the store's is passed over. Rejects with `READ_FAILURE` when a record or a directory
   * cannot be read, for then nobody knows. Costs a `load` of each key.
   */
  async verify(): Promise<Verification> {
    const ground = await this.#ground('verify')
    const checkValue = (operation: string, key: string, value: Uint8Array) =>
      decodeEntry(this.#codec, operation, key, value)
    return await verifyRecordsLater(ground, checkValue, this.#look)
  }

  /** Settles when what is under way is over and no file is open. What comes after is `CLOSED`. */
  async close(): Promise<void> {
    this.#closed = true
    await this.#traffic.drained()
  }

  #replace(operation: string, key: string, record: Uint8Array, signal?: AbortSignal): Promise<void> {
    return this.#write(operation, key, signal, ({ directory, name }) =>
      replaceFile(this.#protocol, directory, name, record),
    )
  }

  #remove(operation: string, key: string, signal?: AbortSignal): Promise<boolean> {
    return this.#write(operation, key, signal, ({ directory, name }) =>
      removeFile(this.#protocol, directory, name),
    )
  }

  #write<T>(
    operation: string,
    key: string,
    signal: AbortSignal | undefined,
    change: (place: Place) => Steps<T>,
  ): Promise<T> {
    return this.#traffic.write(passenger(operation, key, signal), async (begin) => {
      const place = placeOf(await this.#open(), key)
      begin()
      return await runLater(writing(operation, key, change(place)))
    })
  }

  readonly #look = <T>(steps: Steps<T>): Promise<T> => this.#traffic.look(() => runLater(steps))

  async #ground(operation: string, signal?: AbortSignal): Promise<Ground> {
    const assertOpen = () => this.#assertOpen(operation, undefined, signal)
    assertOpen()
    const shards = await this.#traffic.track(this.#open())
    return { files: this.#protocol.files, shards, assertOpen }
  }

  #open(): Promise<Shards> {
    if (this.#opening === undefined) {
      const opening = runLater(openStore(this.#protocol, this.#root))
      this.#opening = opening
      // It is told to those who wait for it; the next call tries again.
      opening.catch(() => {
        this.#opening = undefined
      })
    }
    return this.#opening
  }

  #check(operation: string, key: string): void {
    this.#assertOpen(operation, key)
    checkKey(operation, key)
  }

  #assertOpen(operation: string, key?: string, signal?: AbortSignal): void {
    if (this.#closed) throw closed('AsyncFsStore', operation, key)
    if (signal?.aborted === true) throw aborted(operation, key)
  }
}

function passenger(operation: string, key: string, signal: AbortSignal | undefined): Passenger {
  return { key, signal, aborted: () => aborted(operation, key) }
}
