import type { BackingStore, Codec, Versioned } from '@wt/core'
import { backUp } from './backup.ts'
import { EntryTable, KEYS_PAGE } from './entry-table.ts'
import { codecOf, type SqliteStoreOptions, settingsOf } from './options.ts'
import { decodeNextKey, decodeValue, encodeKey, encodeValue, type NewRow, rowOf } from './row.ts'
import { type Verification, verifyEntries } from './verify.ts'

/**
 * A durable store in one SQLite file, shared by any number of processes of one machine. Keys are well-formed strings;
 * a lone surrogate is `INVALID_KEY`, another type a `TypeError`. A row whose checksum is wrong is `CORRUPT` for its key.
 * Every call blocks until it is done, a write until it is as durable as `durability` says; a look-up is O(log entries).
 * While its owner has a database that was handed in inside a transaction, every call throws `BUSY`.
 */
export class SqliteStore<V = unknown> implements BackingStore<string, V> {
  readonly durability: 'power' | 'process'
  readonly #codec: Codec<V>
  readonly #table: EntryTable

  /**
   * Throws `UNAVAILABLE` when the file cannot be opened or a newer version of this store wrote it, `CORRUPT` when it is
   * no database or not this store's, `READ_ONLY` when its tables cannot be made, `BUSY`; the file is then as it was.
   */
  constructor(options: SqliteStoreOptions<V>) {
    const settings = settingsOf('SqliteStore', options)
    this.durability = settings.durability
    this.#codec = codecOf('SqliteStore', options)
    this.#table = new EntryTable(settings)
  }

  /** Holds `value` under `key`, in place of what was there. One statement, one commit. */
  store(key: string, value: V): void {
    this.#table.assertReady('store', key)
    this.#table.store({ name: 'store', kind: 'write', key }, this.#rowOf('store', key, value))
  }

  /** The value held under `key`, or undefined. Throws `CORRUPT` when it does not verify; `store` then heals it. */
  load(key: string): V | undefined {
    this.#table.assertReady('load', key)
    const value = this.#table.load({ name: 'load', kind: 'read', key }, keyBytesOf('load', key))
    return value === undefined ? undefined : decodeValue(key, value, this.#codec)
  }

  /** Removes `key`; true when it existed. */
  remove(key: string): boolean {
    this.#table.assertReady('remove', key)
    return this.#table.remove({ name: 'remove', kind: 'write', key }, keyBytesOf('remove', key))
  }

  /** Stores all entries in one transaction, or none. The entries are read and encoded before it begins. */
  storeMany(entries: Iterable<readonly [string, V]>): void {
    const name = 'storeMany'
    this.#table.assertReady(name)
    const rows = Array.from(entries, ([key, value]) => [key, this.#rowOf(name, key, value)] as const)
    this.#transaction(name, rows, ([key, row]) => {
      this.#table.store({ name, kind: 'write', key, applied: 'no' }, row)
    })
  }

  /** The values of those keys that exist; throws as `load` does when one cannot be read. */
  loadMany(keys: Iterable<string>): Map<string, V> {
    this.#table.assertReady('loadMany')
    const found = new Map<string, V>()
    for (const key of keys) {
      const value = this.load(key)
      if (value !== undefined) found.set(key, value)
    }
    return found
  }

  /** Removes all keys in one transaction, or none; how many existed. */
  removeMany(keys: Iterable<string>): number {
    const name = 'removeMany'
    this.#table.assertReady(name)
    const all = Array.from(keys, (key) => [key, keyBytesOf(name, key)] as const)
    let existed = 0
    this.#transaction(name, all, ([key, keyBytes]) => {
      if (this.#table.remove({ name, kind: 'write', key, applied: 'no' }, keyBytes)) existed++
    })
    return existed
  }

  /** As `load`, with the version of the entry. */
  loadVersioned(key: string): Versioned<V> | undefined {
    const name = 'loadVersioned'
    this.#table.assertReady(name, key)
    const found = this.#table.loadVersioned({ name, kind: 'read', key }, keyBytesOf(name, key))
    return found && { value: decodeValue(key, found.value, this.#codec), version: found.version }
  }

  /** Holds `value` under `key` if its version is `expected`. One statement, one commit. */
  storeIf(key: string, value: V, expected: string | undefined, version: string): boolean {
    const name = 'storeIf'
    this.#table.assertReady(name, key)
    const row = this.#rowOf(name, key, value)
    return this.#table.storeIf({ name, kind: 'write', key }, row, expected, version)
  }

  /** Removes `key` if its version is `expected`. One statement, one commit. */
  removeIf(key: string, expected: string): boolean {
    const name = 'removeIf'
    this.#table.assertReady(name, key)
    return this.#table.removeIf({ name, kind: 'write', key }, keyBytesOf(name, key), expected)
  }

  /**
   * True: `holder` has the lease of `key` for `leaseMs`, by the machine's wall clock. Kept in a table of its own, which is made
   * when a lease is first asked for. One statement, one commit.
   */
  acquireLease(key: string, holder: string, leaseMs: number): boolean {
    const name = 'acquireLease'
    this.#table.assertReady(name, key)
    return this.#table.leases.acquire({ name, kind: 'write', key }, keyBytesOf(name, key), holder, leaseMs)
  }

  /** Ends the lease of `key` if `holder` has it, and forgets what leases are over. One statement, one commit. */
  releaseLease(key: string, holder: string): void {
    const name = 'releaseLease'
    this.#table.assertReady(name, key)
    this.#table.leases.release({ name, kind: 'write', key }, keyBytesOf(name, key), holder)
  }

  /** The keys in the order of their UTF-8 bytes, read in pages of 256. Between two steps nothing is held open. */
  keys(): Iterable<string> {
    this.#table.assertReady('keys')
    return this.#pages()
  }

  /** Changes when another connection has written to the database, to whichever table, and at every new open. */
  revision(): string {
    this.#table.assertReady('revision')
    return this.#table.revision()
  }

  /**
   * Writes a copy of the whole database, as it is now, to a new file, which any store can open. Others can read and write
   * meanwhile. When it returns the copy lasts; when it throws there is none. Throws `WRITE_FAILURE` when something is at
   * `path` already, `CORRUPT` when a damaged page keeps it from being whole. Blocks; O(size of the database).
   */
  backup(path: string): void {
    this.#table.assertReady('backup')
    backUp(this.#table, 'SqliteStore', path)
  }

  /**
   * Reads every entry and checks the file's own structure: a `CORRUPT` for each that is damaged, with its key where that can
   * be told. Blocks; O(size of the database).
   */
  verify(): Verification {
    const faults = () => this.#table.structureFaults()
    return verifyEntries(this.keys(), (key) => this.load(key), faults)
  }

  /** Closes the file that `path` named. A database that was handed in stays open: it is its owner's. */
  close(): void {
    this.#table.close()
  }

  *#pages(): Generator<string, void, undefined> {
    let after: Uint8Array | undefined
    for (;;) {
      this.#table.assertReady('keys')
      const page: Uint8Array[] = this.#table.keysAfter(after)
      for (const key of page) {
        yield decodeNextKey(key, after)
        after = key
      }
      if (page.length < KEYS_PAGE) return
    }
  }

  /** Each item is run in one transaction, and all take effect or none. */
  #transaction<T>(name: string, items: readonly T[], run: (item: T) => void): void {
    if (items.length === 0) return
    // Asked again: reading the caller's entries ran the caller's code.
    this.#table.assertReady(name)
    this.#table.transaction(name, () => items.forEach(run))
  }

  #rowOf(operation: string, key: string, value: V): NewRow {
    const keyBytes = keyBytesOf(operation, key)
    return rowOf(keyBytes, encodeValue('SqliteStore', operation, key, value, this.#codec))
  }
}

function keyBytesOf(operation: string, key: string): Uint8Array {
  return encodeKey('SqliteStore', operation, key)
}
