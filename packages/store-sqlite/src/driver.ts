import { closeSync, openSync } from 'node:fs'
import type { DatabaseSync, StatementSync } from 'node:sqlite'

/** What both drivers can do alike: the port the store talks to. Every call is synchronous. */
export interface Connection {
  /** Compiles one statement. Its rows are objects, its integers plain numbers. */
  prepare(sql: string): Statement
  exec(sql: string): void
  /** Whether the connection is inside a transaction, whoever began it. */
  inTransaction(): boolean
  isOpen(): boolean
  close(): void
}

/** Each call runs the statement to its end, so none leaves a cursor open. */
export interface Statement {
  run(...parameters: Parameter[]): { readonly changes: number | bigint }
  get(...parameters: Parameter[]): unknown
  all(...parameters: Parameter[]): unknown[]
}

export type Parameter = Uint8Array | number | string

/** An open database to hand in: a `Database` of better-sqlite3 or a `DatabaseSync` of node:sqlite. */
export interface SqliteDatabase {
  exec(sql: string): unknown
  prepare(sql: string): unknown
  close(): unknown
  /** better-sqlite3 */
  readonly inTransaction?: boolean
  /** node:sqlite */
  readonly isTransaction?: boolean
}

/** Opens a database file, and makes it when it is not there, for its owner alone, on node:sqlite. */
export function openFile(path: string): Connection {
  makePrivate(path)
  // Asked for here, and not imported, so that Node 22 does not warn those who hand in a better-sqlite3 database.
  const { DatabaseSync } = process.getBuiltinModule('node:sqlite')
  return overNodeSqlite(new DatabaseSync(path))
}

/**
 * SQLite makes a file with all rights that the umask leaves, as a rule for everybody to read; its log and the index of that
 * take the rights that the file has. An empty file is a fresh database.
 */
function makePrivate(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch {
    // It is there, with the rights its owner chose; or it cannot be made, and SQLite says why.
  }
}

/** The port over a database that somebody else opened; a `TypeError` when the store cannot work on it. */
export function adopt(database: SqliteDatabase): Connection {
  // By `in`, for the getters of a closed database throw.
  const isObject = typeof database === 'object' && database !== null
  let connection: Connection | undefined
  if (isObject && 'isTransaction' in database)
    connection = overNodeSqlite(database as unknown as DatabaseSync)
  if (isObject && 'inTransaction' in database)
    connection = overBetterSqlite(database as unknown as BetterSqlite)
  if (!connection?.isOpen()) {
    const kinds = 'Database of better-sqlite3 or DatabaseSync of node:sqlite'
    throw new TypeError(`SqliteStore: database is an open ${kinds}`)
  }
  if (connection.inTransaction()) {
    throw new TypeError('SqliteStore: database is inside a transaction; commit it before the store is made')
  }
  return connection
}

function overNodeSqlite(database: DatabaseSync): Connection {
  return {
    prepare(sql) {
      const statement: StatementSync = database.prepare(sql)
      // The database may have been opened with other defaults.
      statement.setReadBigInts(false)
      statement.setReturnArrays(false)
      return statement
    },
    exec: (sql) => database.exec(sql),
    inTransaction: () => database.isTransaction,
    isOpen: () => database.isOpen,
    close: () => database.close(),
  }
}

function overBetterSqlite(database: BetterSqlite): Connection {
  return {
    prepare: (sql) => database.prepare(sql).safeIntegers(false),
    exec: (sql) => void database.exec(sql),
    inTransaction: () => database.inTransaction,
    isOpen: () => database.open,
    close: () => void database.close(),
  }
}

/** The part of better-sqlite3 that is used, so that its types are not needed to use the store. */
interface BetterSqlite {
  readonly inTransaction: boolean
  readonly open: boolean
  prepare(sql: string): Statement & { safeIntegers(on: boolean): Statement }
  exec(sql: string): unknown
  close(): unknown
}
