import { StoreError } from '@wt/core'
import type { Connection } from './driver.ts'

/** Raise it when a store of an older version could misread what this one writes. */
const VERSION = 2

/**
 * Tables of our own names, and no `user_version` or `application_id`: a database that was handed in may hold its
 * owner's tables too, and those two are the owner's. Keys are BLOBs, because some versions of SQLite cut TEXT at NUL.
 * A table with a rowid and an index on the key reads values of 1 KiB faster than one WITHOUT ROWID.
 * The version is a random token, another with every write; the checksum does not cover it, for one that damage has changed
 * is no more than a version that nobody has seen.
 */
const ENTRIES = `CREATE TABLE write_through_entries (
  key BLOB NOT NULL UNIQUE,
  checksum INTEGER NOT NULL,
  value BLOB NOT NULL,
  version TEXT NOT NULL
) STRICT`

/** Like those of `newVersion`. */
const NEW_VERSION = 'lower(hex(randomblob(16)))'

const TABLES = `SELECT name, sql FROM sqlite_schema
  WHERE name IN ('write_through_entries', 'write_through_schema') ORDER BY name`

const CREATE = `${ENTRIES};
  CREATE TABLE write_through_schema (version INTEGER NOT NULL) STRICT;
  INSERT INTO write_through_schema (version) VALUES (${VERSION})`

/** The next key on each side: as the index has it, and as its row in the table has it. */
const NEIGHBOURS = ['key > ? ORDER BY key', 'key < ? ORDER BY key DESC']
  .map(
    (side) => `SELECT i.key AS inIndex, t.key AS inTable
      FROM (SELECT rowid AS id, key FROM write_through_entries WHERE ${side} LIMIT 1) AS i
      LEFT JOIN write_through_entries AS t NOT INDEXED ON t.rowid = i.id`,
  )
  .join(' UNION ALL ')

export type StatementName =
  | 'store'
  | 'load'
  | 'remove'
  | 'loadVersioned'
  | 'storeNew'
  | 'storeIf'
  | 'removeIf'
  | 'keys'
  | 'neighbours'
  | 'keyOfRow'
  | 'revision'

export const SQL: Readonly<Record<StatementName, string>> = {
  store: `INSERT INTO write_through_entries (key, checksum, value, version) VALUES (?, ?, ?, ${NEW_VERSION})
    ON CONFLICT (key) DO UPDATE
    SET checksum = excluded.checksum, value = excluded.value, version = excluded.version`,
  load: 'SELECT checksum, value FROM write_through_entries WHERE key = ?',
  remove: 'DELETE FROM write_through_entries WHERE key = ?',
  loadVersioned: 'SELECT checksum, value, version FROM write_through_entries WHERE key = ?',
  storeNew: `INSERT INTO write_through_entries (key, checksum, value, version) VALUES (?, ?, ?, ?)
    ON CONFLICT (key) DO NOTHING`,
  storeIf: `UPDATE write_through_entries SET checksum = ?, value = ?, version = ?
    WHERE key = ? AND version = ?`,
  removeIf: 'DELETE FROM write_through_entries WHERE key = ? AND version = ?',
  keys: 'SELECT key FROM write_through_entries WHERE key > ? ORDER BY key LIMIT ?',
  neighbours: NEIGHBOURS,
  keyOfRow: 'SELECT key FROM write_through_entries NOT INDEXED WHERE rowid = ?',
  revision: 'PRAGMA data_version',
}

/**
 * True when the database holds this store's tables, false when it holds none of them yet. Throws, and changes nothing,
 * when they are of another version (`UNAVAILABLE`) or not this store's (`CORRUPT`).
 */
export function hasSchema(connection: Connection): boolean {
  const tables = connection.prepare(TABLES).all() as { name: string; sql: string }[]
  if (tables.length === 0) return false
  const [entries, schema] = tables
  if (schema === undefined) {
    throw refused(
      'CORRUPT',
      `it has a table ${entries!.name} that this store did not make; use another database`,
    )
  }
  const versions = connection.prepare('SELECT * FROM write_through_schema').all() as { version?: unknown }[]
  const version = versions[0]?.version
  if (typeof version === 'number' && version !== VERSION) {
    const what = `it has schema version ${version}, this store knows ${VERSION}`
    const advice =
      version > VERSION ? 'use a newer @wt/store-sqlite' : 'copy its entries with the one that made it'
    throw refused('UNAVAILABLE', `${what}; ${advice}`)
  }
  if (version !== VERSION || entries!.sql !== ENTRIES) {
    throw refused('CORRUPT', 'its write_through tables are not as this store made them; use another database')
  }
  return true
}

/** Makes the tables, unless another process has made them meanwhile. One transaction. */
export function createSchema(connection: Connection): void {
  connection.exec('BEGIN IMMEDIATE')
  try {
    if (!hasSchema(connection)) connection.exec(CREATE)
    connection.exec('COMMIT')
  } catch (cause) {
    // Whatever failed, the connection must not stay inside the transaction. Some failures have ended it already.
    if (connection.inTransaction()) connection.exec('ROLLBACK')
    throw cause
  }
}

function refused(code: 'CORRUPT' | 'UNAVAILABLE', reason: string): StoreError {
  return new StoreError(code, `open: the database was left as it is: ${reason}`, { applied: 'no' })
}
