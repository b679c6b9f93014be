import { resolve } from 'node:path'
import { type BackingStore, type Codec, json } from '@wt/core'
import { ownSyncs } from './directory-syncs.ts'
import { removeFile, replaceFile, type WriteProtocol, writeProtocol } from './durable-write.ts'
import { checkKey, decodeEntry, encodeEntry } from './entry.ts'
import { realFileSystem } from './file-system.ts'
import { filesOf } from './files.ts'
import { openStore, placeOf, type Shards } from './layout.ts'
import { listKeys } from './list-keys.ts'
import { checkFsStoreOptions, type FsStoreOptions } from './options.ts'
import { readValue } from './read-record.ts'
import { runNow, type Steps } from './steps.ts'
import { closed, reading, writing } from './translate-error.ts'
import { type Verification, verifyRecords } from './verify.ts'
import type { Ground } from './walk.ts'
import { type BatchWrite, writeBatch } from './write-batch.ts'

/**
 * A store of one checksummed file per key, safe against crashes, torn writes and other processes: any number
 * of them may open one path, and the last write of a key wins. Keys are strings of well-formed Unicode.
 *
 * All of it is synchronous. A `store` costs a file made, written, synced, renamed, and its directory synced;
 * a `load` one open, read, close. Nothing is held open between calls, and nothing is kept in memory.
 */
export class FsStore<V = unknown> implements BackingStore<string, V> {
  readonly durability: 'power' | 'process'
  readonly #codec: Codec<V>
  readonly #protocol: WriteProtocol
  readonly #shards: Shards
  #closed = false

  /**
   * Opens the store at `path`, or makes one, and sweeps what crashed writers left: one listing per directory.
   * Throws `UNAVAILABLE` when that cannot be, also when a newer version of this package wrote there; nothing
   * is then deleted.
   */
  constructor(options: FsStoreOptions<V>) {
    const { path, codec = json<V>(), durability = 'power', fileSystem } = checkFsStoreOptions(options)
    const files = filesOf(fileSystem ?? realFileSystem)
    this.durability = durability
    this.#codec = codec
    this.#protocol = writeProtocol(files, durability, ownSyncs(files), sleep)
    this.#shards = runNow(openStore(this.#protocol, resolve(path)))
  }

  /**
   * Replaces the value of `key` in one step. Throws `INVALID_KEY`, `INVALID_VALUE`, `STORE_FULL`, `READ_ONLY`
   * or `WRITE_FAILURE`; its `applied` is `'unknown'` only from the rename on, and then `load` answers the old
   * or the new value.
   */
  store(key: string, value: V): void {
    this.#check('store', key)
    const record = encodeEntry(this.#codec, 'store', key, value)
    const { directory, name } = placeOf(this.#shards, key)
    runNow(writing('store', key, replaceFile(this.#protocol, directory, name, record)))
  }

  /**
   * The value of `key`, `undefined` when there is none. Throws `CORRUPT` when its record does not verify,
   * which a `store` or `remove` of the key heals, and `READ_FAILURE` when it cannot be read.
   */
  load(key: string): V | undefined {
    this.#check('load', key)
    const { directory, name } = placeOf(this.#shards, key)
    const bytes = runNow(reading('load', key, readValue(this.#protocol.files, directory, name, key)))
    return bytes === undefined ? undefined : decodeEntry(this.#codec, 'load', key, bytes)
  }

  /** Removes `key`, damaged or not; true when it existed. Fails as `store` does. */
  remove(key: string): boolean {
    this.#check('remove', key)
    const { directory, name } = placeOf(this.#shards, key)
    return runNow(writing('remove', key, removeFile(this.#protocol, directory, name)))
  }

  /**
   * Stores each entry by itself; the renames in one directory share its sync. Of duplicates the last wins.
   * When an entry is one that no store could hold, nothing is written; else a failure is a `BulkStoreError`,
   * thrown after the last key. Holds the encoded batch in memory.
   */
  storeMany(entries: Iterable<readonly [string, V]>): void {
    this.#assertOpen('storeMany')
    const records = new Map<string, Uint8Array>()
    for (const [key, value] of entries) {
      this.#check('storeMany', key)
      records.set(key, encodeEntry(this.#codec, 'storeMany', key, value))
    }
    const writes = Array.from(records, ([key, record]): BatchWrite => {
      const { directory, name } = placeOf(this.#shards, key)
      return { key, directory, change: (protocol) => replaceFile(protocol, directory, name, record) }
    })
    runNow(writeBatch(this.#protocol, 'storeMany', writes))
  }

  /** One `load` after the other; the first that fails is thrown. */
  loadMany(keys: Iterable<string>): Map<string, V> {
    this.#assertOpen('loadMany')
    const found = new Map<string, V>()
    for (const key of keys) {
      const value = this.load(key)
      if (value !== undefined) found.set(key, value)
    }
    return found
  }

  /**
   * Removes each key by itself; how many existed. Fails as `storeMany` does, and `written` are then the keys
   * that are gone.
   */
  removeMany(keys: Iterable<string>): number {
    this.#assertOpen('removeMany')
    const distinct = new Set(keys)
    for (const key of distinct) this.#check('removeMany', key)
    let existed = 0
    const writes = Array.from(distinct, (key): BatchWrite => {
      const { directory, name } = placeOf(this.#shards, key)
      const change = function* remove(protocol: WriteProtocol): Steps<void> {
        if (yield* removeFile(protocol, directory, name)) existed++
      }
      return { key, directory, change }
    })
    runNow(writeBatch(this.#protocol, 'removeMany', writes))
    return existed
  }

  /**
   * The keys in no order, those of a sixteenth of the records in memory at a time. Throws `CORRUPT` or
   * `READ_FAILURE` after the last one when there are records whose key cannot be read. To be walked once.
   */
  keys(): Iterable<string> {
    this.#assertOpen('keys')
    return listKeys(this.#ground('keys'))
  }

  /**
   * Reads every record whole, and decodes it: those whose `load` would be `CORRUPT` are in `damaged`. Nothing is
   * changed, and what is not the store's is passed over. Throws `READ_FAILURE` when a record or a directory cannot
   * be read, for then nobody knows. Costs a `load` of each key, and blocks the thread for all of them.
   */
  verify(): Verification {
    this.#assertOpen('verify')
    return verifyRecords(this.#ground('verify'), (...read) => decodeEntry(this.#codec, ...read))
  }

  /** Nothing is held open, so that all it does is to refuse what comes after. */
  close(): void {
    this.#closed = true
  }

  #ground(operation: string): Ground {
    const assertOpen = () => this.#assertOpen(operation)
    return { files: this.#protocol.files, shards: this.#shards, assertOpen }
  }

  #check(operation: string, key: string): void {
    this.#assertOpen(operation, key)
    checkKey(operation, key)
  }

  #assertOpen(operation: string, key?: string): void {
    if (this.#closed) throw closed('FsStore', operation, key)
  }
}

function sleep(durationMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs)
}
