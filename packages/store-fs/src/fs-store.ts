import { resolve } from 'node:path'
import { type BackingStore, type Codec, json, keyText, StoreError } from '@wt/core'
import { changeDurably, replaceFile, unlinkFile, type WriteProtocol } from './durable-write.ts'
import { type FileSystem, realFileSystem } from './file-system.ts'
import { keyPath } from './key-path.ts'
import { openLayout } from './layout.ts'
import { listKeys } from './list-keys.ts'
import { checkOptions, type FsStoreOptions } from './options.ts'
import { readValue } from './read-record.ts'
import { encodeRecord, LARGEST_RECORD_BYTES } from './record.ts'
import { sweep } from './sweep.ts'
import { TempNames } from './temp-name.ts'
import {
  corrupt,
  subject,
  translateOpenError,
  translateReadError,
  translateWriteError,
} from './translate-error.ts'
import { writeBatch } from './write-batch.ts'

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
  readonly #fileSystem: FileSystem
  readonly #protocol: WriteProtocol
  readonly #shards: ReadonlyMap<string, string>
  #closed = false

  /**
   * Opens the store at `path`, or makes one, and sweeps what crashed writers left: one listing per directory.
   * Throws `UNAVAILABLE` when that cannot be, also when a newer version of this package wrote there; nothing
   * is then deleted.
   */
  constructor(options: FsStoreOptions<V>) {
    const {
      path,
      codec = json<V>(),
      durability = 'power',
      fileSystem = realFileSystem,
    } = checkOptions(options)
    const synced = durability === 'power'
    this.durability = durability
    this.#codec = codec
    this.#fileSystem = fileSystem
    this.#protocol = { fileSystem, synced, tempNames: new TempNames() }
    const root = resolve(path)
    try {
      this.#shards = openLayout(fileSystem, root, synced)
      sweep(fileSystem, this.#shards.values(), this.#protocol.tempNames)
    } catch (cause) {
      throw translateOpenError(root, cause)
    }
  }

  /**
   * Replaces the value of `key` in one step. Throws `INVALID_KEY`, `INVALID_VALUE`, `STORE_FULL`, `READ_ONLY`
   * or `WRITE_FAILURE`; its `applied` is `'unknown'` only from the rename on, and then `load` answers the old
   * or the new value.
   */
  store(key: string, value: V): void {
    this.#check('store', key)
    const record = this.#encode('store', key, value)
    this.#write('store', key, (directory, name) => replaceFile(this.#protocol, directory, name, record))
  }

  /**
   * The value of `key`, `undefined` when there is none. Throws `CORRUPT` when its record does not verify,
   * which a `store` or `remove` of the key heals, and `READ_FAILURE` when it cannot be read.
   */
  load(key: string): V | undefined {
    this.#check('load', key)
    const { directory, name } = this.#place(key)
    let bytes: Uint8Array | undefined
    try {
      bytes = readValue(this.#fileSystem, directory, name, key)
    } catch (cause) {
      throw translateReadError('load', key, cause)
    }
    return bytes === undefined ? undefined : this.#decode(key, bytes)
  }

  /** Removes `key`, damaged or not; true when it existed. Fails as `store` does. */
  remove(key: string): boolean {
    this.#check('remove', key)
    return this.#write('remove', key, (directory, name) => unlinkFile(this.#protocol, directory, name))
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
      records.set(key, this.#encode('storeMany', key, value))
    }
    const writes = [...records].map(([key, record]) => {
      const { directory, name } = this.#place(key)
      return { key, directory, change: () => replaceFile(this.#protocol, directory, name, record) }
    })
    writeBatch(this.#protocol, 'storeMany', writes)
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
    const writes = [...distinct].map((key) => {
      const { directory, name } = this.#place(key)
      const change = () => {
        if (unlinkFile(this.#protocol, directory, name)) existed++
      }
      return { key, directory, change }
    })
    writeBatch(this.#protocol, 'removeMany', writes)
    return existed
  }

  /**
   * The keys in no order, those of a sixteenth of the records in memory at a time. Throws `CORRUPT` or
   * `READ_FAILURE` after the last one when there are records whose key cannot be read. To be walked once.
   */
  keys(): Iterable<string> {
    this.#assertOpen('keys')
    return listKeys(this.#fileSystem, this.#shards, () => this.#assertOpen('keys'))
  }

  /** Nothing is held open, so that all it does is to refuse what comes after. */
  close(): void {
    this.#closed = true
  }

  #write<T>(operation: string, key: string, change: (directory: string, name: string) => T): T {
    const { directory, name } = this.#place(key)
    try {
      return changeDurably(this.#protocol, directory, () => change(directory, name))
    } catch (cause) {
      throw translateWriteError(operation, key, cause)
    }
  }

  #place(key: string): { readonly directory: string; readonly name: string } {
    const { shard, name } = keyPath(key)
    return { directory: this.#shards.get(shard) as string, name }
  }

  #encode(operation: string, key: string, value: V): Uint8Array {
    if (value === undefined) {
      throw new TypeError(`${subject(operation, key)}: undefined is no value; use remove`)
    }
    let bytes: Uint8Array
    try {
      bytes = this.#codec.encode(value)
    } catch (cause) {
      // Whatever a codec throws, the value is what it could not take.
      const message = `${subject(operation, key)}: ${cause instanceof Error ? cause.message : String(cause)}`
      throw new StoreError('INVALID_VALUE', message, { key, cause })
    }
    if (Object.prototype.toString.call(bytes) !== '[object Uint8Array]') {
      throw new TypeError(`${subject(operation, key)}: the codec's encode returned no Uint8Array`)
    }
    if (bytes.byteLength > LARGEST_RECORD_BYTES - 4 * key.length - 64) {
      const message = `${subject(operation, key)}: ${bytes.byteLength} bytes are more than a record's 2 GiB; split the value`
      throw new StoreError('INVALID_VALUE', message, { key })
    }
    return encodeRecord(key, bytes)
  }

  #decode(key: string, bytes: Uint8Array): V {
    const complaint = `${subject('load', key)}: the record is whole, but the codec cannot decode its value; was it stored with another codec?`
    let value: V
    try {
      value = this.#codec.decode(bytes)
    } catch (cause) {
      // By the contract of a codec: bytes that no encode of it made.
      throw corrupt(complaint, key, cause)
    }
    // Handed on, it would read as absence.
    if (value === undefined) throw corrupt(complaint, key, undefined)
    return value
  }

  #check(operation: string, key: string): void {
    this.#assertOpen(operation, key)
    if (typeof key !== 'string') {
      throw new TypeError(`${operation}: a key of FsStore is a string, not ${keyText(key)}`)
    }
    if (!key.isWellFormed()) {
      const message = `${subject(operation, key)}: the key has a lone surrogate, which no file can hold; encode it first`
      throw new StoreError('INVALID_KEY', message, { key })
    }
  }

  #assertOpen(operation: string, key?: string): void {
    if (!this.#closed) return
    throw new StoreError('CLOSED', `${subject(operation, key)}: this FsStore was closed; open another`, {
      key,
    })
  }
}
