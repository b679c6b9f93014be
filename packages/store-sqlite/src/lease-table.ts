import type { Connection, Statement } from './driver.ts'
import type { Operation } from './translate-error.ts'

/**
 * Made when a lease is first asked for, and not at the opening: a database that is only read stays as it is, and a store which
 * knows no leases works on it as before. Times are those of the machine's wall clock, the one that all its processes share.
 */
const CREATE = `CREATE TABLE IF NOT EXISTS write_through_leases (
    key BLOB NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    granted_ms INTEGER NOT NULL,
    ends_ms INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS write_through_leases_ends ON write_through_leases (ends_ms)`

/** One that was granted later than now is over too: the clock was set back, and nobody knows how long it would last. */
const ACQUIRE = `INSERT INTO write_through_leases (key, holder, granted_ms, ends_ms) VALUES (?, ?, ?, ?)
  ON CONFLICT (key) DO UPDATE
  SET holder = excluded.holder, granted_ms = excluded.granted_ms, ends_ms = excluded.ends_ms
  WHERE ends_ms <= excluded.granted_ms OR granted_ms > excluded.granted_ms`

/** And with it all that nobody released. */
const RELEASE = 'DELETE FROM write_through_leases WHERE (key = ? AND holder = ?) OR ends_ms <= ?'

/** Runs with the connection; whatever the driver throws leaves as a `StoreError`. */
type Attempt = <T>(operation: Operation, run: (connection: Connection) => T) => T

/** Who shall produce what is not there, and until when: a table of its own, for leases are no entries. */
export class LeaseTable {
  readonly #attempt: Attempt
  #statements: { readonly acquire: Statement; readonly release: Statement } | undefined

  constructor(attempt: Attempt) {
    this.#attempt = attempt
  }

  /** True: it is the holder's for so long. False: it is somebody's. */
  acquire(operation: Operation, keyBytes: Uint8Array, holder: string, leaseMs: number): boolean {
    return this.#attempt(operation, (connection) => {
      const now = Date.now()
      const { changes } = this.#made(connection).acquire.run(keyBytes, holder, now, now + leaseMs)
      return Number(changes) > 0
    })
  }

  release(operation: Operation, keyBytes: Uint8Array, holder: string): void {
    this.#attempt(operation, (connection) => {
      this.#made(connection).release.run(keyBytes, holder, Date.now())
    })
  }

  #made(connection: Connection): { readonly acquire: Statement; readonly release: Statement } {
    // Each time: when a transaction in which it was made is rolled back, the table is gone.
    connection.exec(CREATE)
    this.#statements ??= { acquire: connection.prepare(ACQUIRE), release: connection.prepare(RELEASE) }
    return this.#statements
  }
}

/** Takes the leases out of a copy of the database, in which nobody produces anything. */
export function dropLeases(connection: Connection, path: string): void {
  connection.prepare('ATTACH ? AS write_through_copy').run(path)
  try {
    connection.exec('DROP TABLE IF EXISTS write_through_copy.write_through_leases')
  } finally {
    connection.exec('DETACH write_through_copy')
  }
}
