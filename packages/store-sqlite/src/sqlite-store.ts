import { randomUUID } from 'node:crypto'
import { type BackingStore, type Codec, keyText, StoreError } from '@wt/core'
import type { Connection } from './driver.ts'
import { open, type Statements } from './open.ts'
import { codecOf, type SqliteStoreOptions, settingsOf } from './options.ts'
import {
  checkNeighbours,
  decodeNextKey,
  decodeRow,
  encodeKey,
  encodeRow,
  type Neighbour,
  type StoredRow,
} from './row.ts'
import { type Operation, translateError } from './translate-error.ts'

/**
 * A durable store in one SQLite file, shared by any number of processes of one machine. Keys are well-formed strings;
 * a lone surrogate is `INVALID_KEY`, another type a `TypeError`. A row whose checksum is wrong is `CORRUPT` for its key.
 * Every call blocks until it is done, a write until it is as durable as `durability` says; a look-up is O(log entries).
 * While its owner has a database that was handed in inside a transaction, every call throws `BUSY`.
 */
export class SqliteStore<V = unknown> implements BackingStore<string, V> {
  readonly durability: 'power' | 'process'
  readonly #connection: Connection
  readonly #owned: boolean
  readonly #codec: Codec<V>
  readonly #statements: Statements
  /** Tells this connection's `data_version` from those of others, which count from their own start. */
  readonly #epoch = randomUUID()
  #closed = false

  /**
   * Throws `UNAVAILABLE` when the file cannot be opened or a newer version of this store wrote it, `CORRUPT` when it is
   * no database or not this store's, `READ_ONLY` when its tables cannot be made, `BUSY`; the file is then as it was.
   */
  constructor(options: SqliteStoreOptions<V>) {
    const settings = settingsOf(options)
    this.durability = settings.durability
    this.#owned = settings.owned
    this.#codec = codecOf(options)
    const { connection, statements } = open(settings)
    this.#connection = connection
    this.#statements = statements
  }

  /** Holds `value` under `key`, in place of what was there. One statement, one commit. */
  store(key: string, value: V): void {
    this.#ready('store', key)
    const row = encodeRow('store', key, value, this.#codec)
    this.#attempt({ name: 'store', kind: 'write', key }, () => this.#statements.store.run(...row))
  }

  /** The value held under `key`, or undefined. Throws `CORRUPT` when it does not verify; `store` then heals it. */
  load(key: string): V | undefined {
    this.#ready('load', key)
    const keyBytes = encodeKey('load', key)
    const operation = { name: 'load', kind: 'read', key } as const
    const row = this.#attempt(operation, () => this.#statements.load.get(keyBytes)) as StoredRow | undefined
    if (row !== undefined) return decodeRow(key, keyBytes, row, this.#codec)
    this.#checkAbsence(operation, keyBytes)
    return undefined
  }

  /** Removes `key`; true when it existed. */
  remove(key: string): boolean {
    this.#ready('remove', key)
    const keyBytes = encodeKey('remove', key)
    return this.#removeRow({ name: 'remove', kind: 'write', key }, keyBytes)
  }

  /** Stores all entries in one transaction, or none. The entries are read and encoded before it begins. */
  storeMany(entries: Iterable<readonly [string, V]>): void {
    this.#ready('storeMany')
    const rows = Array.from(entries, ([key, value]) => encodeRow('storeMany', key, value, this.#codec))
    this.#transaction('storeMany', rows, (row) => this.#statements.store.run(...row))
  }

  /** The values of those keys that exist; throws as `load` does when one cannot be read. */
  loadMany(keys: Iterable<string>): Map<string, V> {
    this.#ready('loadMany')
    const found = new Map<string, V>()
    for (const key of keys) {
      const value = this.load(key)
      if (value !== undefined) found.set(key, value)
    }
    return found
  }

  /** Removes all keys in one transaction, or none; how many existed. */
  removeMany(keys: Iterable<string>): number {
    this.#ready('removeMany')
    const rows = Array.from(keys, (key) => [key, encodeKey('removeMany', key)] as const)
    let existed = 0
    this.#transaction('removeMany', rows, ([key, keyBytes]) => {
      if (this.#removeRow({ name: 'removeMany', kind: 'write', key, applied: 'no' }, keyBytes)) existed++
    })
    return existed
  }

  /** The keys in the order of their UTF-8 bytes, read in pages of 256. Between two steps nothing is held open. */
  keys(): Iterable<string> {
    this.#ready('keys')
    return this.#pages()
  }

  /** Changes when another connection has written to the database, to whichever table, and at every new open. */
  revision(): string {
    this.#ready('revision')
    const read = () => this.#statements.revision.get() as { data_version: number }
    return `${this.#epoch}:${this.#attempt({ name: 'revision', kind: 'read' }, read).data_version}`
  }

  /** Closes the file that `path` named. A database that was handed in stays open: it is its owner's. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    if (this.#owned) this.#attempt({ name: 'close', kind: 'write' }, () => this.#connection.close())
  }

  *#pages(): Generator<string, void, undefined> {
    // In SQLite's order every BLOB comes after every number, so this stands before the first key, which may be empty.
    let after: Uint8Array | number = 0
    for (;;) {
      this.#ready('keys')
      const read = () => this.#statements.keys.all(after, PAGE) as { key: Uint8Array }[]
      const rows: { key: Uint8Array }[] = this.#attempt({ name: 'keys', kind: 'read' }, read)
      for (const { key } of rows) {
        yield decodeNextKey(key, after)
        after = key
      }
      if (rows.length < PAGE) return
    }
  }

  #removeRow(operation: Operation, keyBytes: Uint8Array): boolean {
    const { changes } = this.#attempt(operation, () => this.#statements.remove.run(keyBytes))
    if (Number(changes) > 0) return true
    this.#checkAbsence({ ...operation, applied: 'no' }, keyBytes)
    return false
  }

  /** The index says that the key is not there. Two more look-ups, for absent keys alone, see whether it can be trusted. */
  #checkAbsence(operation: Operation, keyBytes: Uint8Array): void {
    const read = () => this.#statements.neighbours.all(keyBytes, keyBytes) as Neighbour[]
    checkNeighbours(operation.name, operation.key!, this.#attempt(operation, read))
  }

  /** Each item is run in one transaction, and all take effect or none. */
  #transaction<T>(name: string, items: readonly T[], run: (item: T) => void): void {
    if (items.length === 0) return
    // Asked again: reading the caller's entries ran the caller's code.
    this.#ready(name)
    const connection = this.#connection
    this.#attempt({ name, kind: 'write', applied: 'no' }, () => connection.exec('BEGIN IMMEDIATE'))
    let applied: 'no' | undefined = 'no'
    try {
      for (const item of items) run(item)
      // From here on the result code tells.
      applied = undefined
      connection.exec('COMMIT')
    } catch (cause) {
      // The connection must not stay inside the transaction. Some failures have ended it already.
      if (connection.inTransaction()) connection.exec('ROLLBACK')
      throw StoreError.is(cause) ? cause : this.#translate(cause, { name, kind: 'write', applied })
    }
  }

  /** Throws unless a call can be made now, and what it acknowledges will be as durable as promised. */
  #ready(name: string, key?: string): void {
    if (this.#closed || !this.#connection.isOpen()) throw closed(name, key)
    if (!this.#connection.inTransaction()) return
    const where = key === undefined ? name : `${name} of ${keyText(key)}`
    const message = `${where}: the owner of the database is inside a transaction; call after its commit`
    throw new StoreError('BUSY', message, { key })
  }

  #attempt<T>(operation: Operation, run: () => T): T {
    try {
      return run()
    } catch (cause) {
      // Whatever the driver throws leaves as a StoreError that names the operation.
      throw this.#translate(cause, operation)
    }
  }

  #translate(cause: unknown, operation: Operation): StoreError {
    return this.#connection.isOpen()
      ? translateError(cause, operation)
      : closed(operation.name, operation.key)
  }
}

const PAGE = 256

function closed(name: string, key: string | undefined): StoreError {
  const where = key === undefined ? name : `${name} of ${keyText(key)}`
  return new StoreError('CLOSED', `${where}: this SqliteStore or its database was closed; open another`, {
    key,
  })
}
