import { StoreError } from '@wt/core'
import type { Connection } from './driver.ts'
import type { Settings } from './options.ts'

/** By PRAGMA, because the constructor's option for it is ignored by some versions of the drivers. */
export function setBusyTimeout(connection: Connection, { busyTimeoutMs }: Settings): void {
  if (busyTimeoutMs !== undefined) connection.exec(`PRAGMA busy_timeout = ${busyTimeoutMs}`)
}

/**
 * Switches the write-ahead log on and then, in this order, sets how commits reach the disk: a connection whose
 * `synchronous` was never set, as better-sqlite3 is built, falls back to NORMAL at the first write in WAL mode.
 */
export function setDurability(connection: Connection, { durability, owned }: Settings): void {
  const mode = pragma(connection, 'journal_mode = WAL')
  if (mode === 'memory') {
    throw new TypeError('SqliteStore: a database in memory is not durable; give a file, or use InMemoryStore')
  }
  if (mode !== 'wal') {
    const message = `open: SQLite keeps no write-ahead log here (journal_mode is ${mode}); use a local disk`
    throw new StoreError('UNAVAILABLE', message, { applied: 'no' })
  }
  if (durability === 'power') {
    connection.exec('PRAGMA synchronous = FULL')
    // On macOS an fsync does not reach the disk, F_FULLFSYNC does. Without effect elsewhere.
    connection.exec('PRAGMA fullfsync = ON')
    connection.exec('PRAGMA checkpoint_fullfsync = ON')
  } else if (owned || pragma(connection, 'synchronous') === 0) {
    // A database that was handed in is made safer if need be, never less safe for its other tables.
    connection.exec('PRAGMA synchronous = NORMAL')
  }
}

/** The value that a pragma returns. */
function pragma(connection: Connection, text: string): unknown {
  const row = connection.prepare(`PRAGMA ${text}`).get() as Record<string, unknown>
  return Object.values(row)[0]
}
