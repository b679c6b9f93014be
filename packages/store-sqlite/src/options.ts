import { resolve } from 'node:path'
import { type Codec, json, keyText } from '@wt/core'
import type { SqliteDatabase } from './driver.ts'
import type { StoreClass } from './row.ts'

/** Either `path` or `database`. */
export interface SqliteStoreOptions<V> {
  /** The database file, opened on node:sqlite; made when it is not there, in a directory that is. */
  readonly path?: string
  /**
   * An open database instead: a `Database` of better-sqlite3 or a `DatabaseSync` of node:sqlite, on a file and not
   * inside a transaction. The store puts its tables beside those that are there, sets the connection to WAL and at
   * least to `durability`, and never closes it. Give each store a connection of its own.
   */
  readonly database?: SqliteDatabase
  /** How values become bytes. Default `json()`. */
  readonly codec?: Codec<V>
  /** What an acknowledged write survives: a power cut (default), or only the death of the process, which is faster. */
  readonly durability?: 'power' | 'process'
  /** How long a write waits for other processes before `BUSY`. Default 5000, or what the database handed in has. */
  readonly busyTimeoutMs?: number
}

/** How to open, checked and complete. */
export interface Settings {
  readonly source: { readonly path: string } | { readonly database: SqliteDatabase }
  /** Whether the store opens the connection itself. Else its owner uses it for other tables too, and closes it. */
  readonly owned: boolean
  readonly durability: 'power' | 'process'
  /** Undefined: leave it as it is. */
  readonly busyTimeoutMs: number | undefined
}

export function settingsOf(store: StoreClass, options: Omit<SqliteStoreOptions<unknown>, 'codec'>): Settings {
  const { path, database, durability = 'power', busyTimeoutMs } = options
  if ((path === undefined) === (database === undefined)) {
    throw new TypeError(`${store}: give either path or database`)
  }
  if (durability !== 'power' && durability !== 'process') {
    const hint = 'what need not last can be kept in InMemoryStore'
    throw new RangeError(`${store}: durability is 'power' or 'process', not ${keyText(durability)}; ${hint}`)
  }
  if (busyTimeoutMs !== undefined) checkTimeout(store, busyTimeoutMs)
  return path === undefined
    ? { source: { database: database! }, owned: false, durability, busyTimeoutMs }
    : {
        source: { path: checkPath(store, path) },
        owned: true,
        durability,
        busyTimeoutMs: busyTimeoutMs ?? 5000,
      }
}

export function codecOf<V>(store: StoreClass, { codec = json<V>() }: { codec?: Codec<V> }): Codec<V> {
  if (typeof codec?.encode === 'function' && typeof codec.decode === 'function') return codec
  throw new TypeError(`${store}: codec has encode and decode, such as json() of @wt/core`)
}

function checkTimeout(store: StoreClass, busyTimeoutMs: number): void {
  if (Number.isInteger(busyTimeoutMs) && busyTimeoutMs >= 0 && busyTimeoutMs < 2 ** 31) return
  throw new RangeError(
    `${store}: busyTimeoutMs is an integer from 0 to 2147483647, not ${keyText(busyTimeoutMs)}`,
  )
}

/** The absolute path. Names that SQLite reads as something else than a file could be less durable than the store says. */
export function checkPath(store: StoreClass, path: string): string {
  if (typeof path !== 'string' || path === '' || path.includes('\0')) {
    throw new TypeError(`${store}: path is the name of a file, not ${keyText(path)}`)
  }
  if (path === ':memory:' || path.startsWith('file:')) {
    throw new TypeError(
      `${store}: path is a plain file name, not ${keyText(path)}; for memory use InMemoryStore`,
    )
  }
  return resolve(path)
}
