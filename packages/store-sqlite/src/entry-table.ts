import { randomUUID } from 'node:crypto'
import { keyText, StoreError } from '@wt/core'
import type { Connection } from './driver.ts'
import { LeaseTable } from './lease-table.ts'
import { open, type Statements } from './open.ts'
import type { Settings } from './options.ts'
import {
  checkNeighbours,
  decodeNextKey,
  type Neighbour,
  type NewRow,
  type StoredRow,
  type StoredVersion,
  verified,
  verifiedVersion,
} from './row.ts'
import { type Operation, translateError } from './translate-error.ts'

/** Keys and values as bytes in one open database: what both stores do with it, whichever thread it is on. */
export class EntryTable {
  readonly leases: LeaseTable = new LeaseTable((operation, run) => this.attempt(operation, run))
  readonly #connection: Connection
  readonly #owned: boolean
  readonly #statements: Statements
  /** Tells this connection's `data_version` from those of others, which count from their own start. */
  readonly #epoch: string = randomUUID()
  #closed = false

  constructor(settings: Settings) {
    const { connection, statements } = open(settings)
    this.#connection = connection
    this.#owned = settings.owned
    this.#statements = statements
  }

  /** Throws unless a call can be made now, and what it acknowledges will be as durable as promised. */
  assertReady(name: string, key?: string): void {
    if (this.#closed || !this.#connection.isOpen()) throw closed(name, key)
    if (!this.#connection.inTransaction()) return
    const where = key === undefined ? name : `${name} of ${keyText(key)}`
    const message = `${where}: the owner of the database is inside a transaction; call after its commit`
    throw new StoreError('BUSY', message, { key })
  }

  store(operation: Operation, row: NewRow): void {
    this.attempt(operation, () => this.#statements.store.run(...row))
  }

  /** The value's bytes, as they were stored; undefined when the key is absent. */
  load(operation: Operation & { readonly key: string }, keyBytes: Uint8Array): Uint8Array | undefined {
    const row = this.attempt(operation, () => this.#statements.load.get(keyBytes)) as StoredRow | undefined
    if (row !== undefined) return verified(operation.key, keyBytes, row)
    this.#checkAbsence(operation, keyBytes)
    return undefined
  }

  /** True when the key existed. */
  remove(operation: Operation, keyBytes: Uint8Array): boolean {
    const { changes } = this.attempt(operation, () => this.#statements.remove.run(keyBytes))
    if (Number(changes) > 0) return true
    this.#checkAbsence(beforeChange(operation), keyBytes)
    return false
  }

  /** The value's bytes and the version; undefined when the key is absent. */
  loadVersioned(
    operation: Operation & { readonly key: string },
    keyBytes: Uint8Array,
  ): { value: Uint8Array; version: string } | undefined {
    const read = () => this.#statements.loadVersioned.get(keyBytes) as StoredVersion | undefined
    const row = this.attempt(operation, read)
    if (row !== undefined) return verifiedVersion(operation.key, keyBytes, row)
    this.#checkAbsence(operation, keyBytes)
    return undefined
  }

  /** True when the entry had the expected version, or when there was none as expected; else nothing has changed. */
  storeIf(operation: Operation, row: NewRow, expected: string | undefined, version: string): boolean {
    const [keyBytes, checksum, value] = row
    const { storeNew, storeIf } = this.#statements
    // What a damaged index hides must not be stored a second time.
    if (expected === undefined) this.#checkAbsence(beforeChange(operation), keyBytes)
    const { changes } = this.attempt(operation, () =>
      expected === undefined
        ? storeNew.run(...row, version)
        : storeIf.run(checksum, value, version, keyBytes, expected),
    )
    return Number(changes) > 0
  }

  /** True when the entry had the expected version; else nothing has changed. */
  removeIf(operation: Operation, keyBytes: Uint8Array, expected: string): boolean {
    const { changes } = this.attempt(operation, () => this.#statements.removeIf.run(keyBytes, expected))
    return Number(changes) > 0
  }

  /** The keys that come after one, or the first ones: a page of them, and fewer than `KEYS_PAGE` at the end alone. */
  keysAfter(after: Uint8Array | undefined): Uint8Array[] {
    // In SQLite's order every BLOB comes after every number, so 0 stands before the first key, which may be empty.
    const read = () => this.#statements.keys.all(after ?? 0, KEYS_PAGE) as { key: Uint8Array }[]
    return this.attempt({ name: 'keys', kind: 'read' }, read).map(({ key }) => key)
  }

  /** Changes when another connection has written to the database, to whichever table, and at every new open. */
  revision(): string {
    const read = () => this.#statements.revision.get() as { data_version: number }
    return `${this.#epoch}:${this.attempt({ name: 'revision', kind: 'read' }, read).data_version}`
  }

  /** What SQLite finds wrong with the table and its index; with the key where it names a row that can still be read. */
  structureFaults(): StoreError[] {
    try {
      const lines = this.attempt({ name: 'verify', kind: 'read' }, (connection) =>
        connection.prepare('PRAGMA integrity_check(write_through_entries)').all(),
      )
      const texts = lines.map((line) => String(Object.values(line as object)[0]))
      return texts.filter((text) => text !== 'ok').map((text) => this.#faultOf(text))
    } catch (error) {
      // Damage so bad that the check itself fails is damage found.
      if (StoreError.is(error) && error.code === 'CORRUPT') return [error]
      throw error
    }
  }

  /** What `body` does takes effect as a whole, or not at all; answers what it returns. */
  transaction<T>(name: string, body: () => T): T {
    const connection = this.#connection
    this.attempt({ name, kind: 'write', applied: 'no' }, () => connection.exec('BEGIN IMMEDIATE'))
    let applied: 'no' | undefined = 'no'
    try {
      const result = body()
      // From here on the result code tells.
      applied = undefined
      connection.exec('COMMIT')
      return result
    } catch (cause) {
      // The connection must not stay inside the transaction. Some failures have ended it already.
      if (connection.inTransaction()) connection.exec('ROLLBACK')
      throw StoreError.is(cause) ? cause : this.#translate(cause, { name, kind: 'write', applied })
    }
  }

  /** What `run` answers; whatever the driver throws leaves as a `StoreError` that names the operation. */
  attempt<T>(operation: Operation, run: (connection: Connection) => T): T {
    try {
      return run(this.#connection)
    } catch (cause) {
      throw this.#translate(cause, operation)
    }
  }

  /** Closes the file. A database that was handed in stays open: it is its owner's. Idempotent. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    if (this.#owned) this.attempt({ name: 'close', kind: 'write' }, (connection) => connection.close())
  }

  /** The index says that the key is not there. Two more look-ups, for absent keys alone, see whether it can be trusted. */
  #checkAbsence(operation: Operation, keyBytes: Uint8Array): void {
    const read = () => this.#statements.neighbours.all(keyBytes, keyBytes) as Neighbour[]
    checkNeighbours(operation.name, operation.key!, this.attempt(operation, read))
  }

  #faultOf(text: string): StoreError {
    const row = /^row (\d+) /.exec(text)?.[1]
    const key = row === undefined ? undefined : this.#keyOfRow(Number(row))
    const where = key === undefined ? 'verify' : `verify of ${keyText(key)}`
    return new StoreError('CORRUPT', `${where}: SQLite says "${text}"; restore the database from a backup`, {
      key,
    })
  }

  #keyOfRow(row: number): string | undefined {
    try {
      const { key } = this.#statements.keyOfRow.get(row) as { key: Uint8Array }
      return decodeNextKey(key, undefined)
    } catch {
      // Not there or damaged itself: the fault is told without its key.
      return undefined
    }
  }

  #translate(cause: unknown, operation: Operation): StoreError {
    return this.#connection.isOpen()
      ? translateError(cause, operation)
      : closed(operation.name, operation.key)
  }
}

/** Of a write that has changed nothing so far. Named one by one: the key of some is told by a getter of their class. */
function beforeChange({ name, kind, key }: Operation): Operation {
  return { name, kind, key, applied: 'no' }
}

export const KEYS_PAGE = 256

export function closed(name: string, key: string | undefined): StoreError {
  const where = key === undefined ? name : `${name} of ${keyText(key)}`
  return new StoreError('CLOSED', `${where}: this store or its database was closed; open another`, { key })
}
