import { type Applied, keyText, StoreError, type StoreErrorCode } from '@wt/core'

/** What was being done when SQLite failed. */
export interface Operation {
  readonly name: string
  readonly kind: 'read' | 'write'
  readonly key?: string | undefined
  /** Set when it is known, whatever the result code says: 'no' before a transaction's COMMIT. */
  readonly applied?: Applied | undefined
}

/**
 * SQLite's primary result codes (https://sqlite.org/rescode.html) and what they are here. A code that is not listed
 * is a failure of the read or the write. Whether a write was applied follows the StoreError's code: on BUSY and FULL
 * SQLite has rolled back, while after an I/O error at a commit the frames may be in the log, or not: 'unknown'.
 */
const RESULTS: readonly Result[] = [
  {
    number: 5,
    name: 'BUSY',
    code: 'BUSY',
    advice: 'another connection holds the lock; raise busyTimeoutMs or try again',
  },
  { number: 6, name: 'LOCKED', code: 'BUSY', advice: 'another statement holds the table; try again' },
  { number: 8, name: 'READONLY', code: 'READ_ONLY', advice: 'make the file and its directory writable' },
  {
    number: 11,
    name: 'CORRUPT',
    code: 'CORRUPT',
    advice: 'restore the database from a backup, or try sqlite3 .recover',
  },
  { number: 13, name: 'FULL', code: 'STORE_FULL', advice: 'free disk space, or remove entries' },
  {
    number: 14,
    name: 'CANTOPEN',
    code: 'UNAVAILABLE',
    advice: 'check that the directory exists and the file may be opened',
  },
  {
    number: 18,
    name: 'TOOBIG',
    code: 'INVALID_VALUE',
    advice: 'SQLite holds no key or value of this size; split it',
  },
  {
    number: 26,
    name: 'NOTADB',
    code: 'CORRUPT',
    advice: 'the file is no SQLite database, and was left as it is; give another path',
  },
]

interface Result {
  readonly number: number
  readonly name: string
  readonly code: StoreErrorCode
  readonly advice: string
}

/** The StoreError for whatever a driver threw. */
export function translateError(cause: unknown, operation: Operation): StoreError {
  const { name, key, kind } = operation
  const result = resultOf(cause)
  const code = result?.code ?? (kind === 'read' ? 'READ_FAILURE' : 'WRITE_FAILURE')
  const where = key === undefined ? name : `${name} of ${keyText(key)}`
  const said = cause instanceof Error ? cause.message : String(cause)
  const advice = result?.advice ?? 'see its cause, and check the disk'
  const message = `${where}: SQLite says "${said}"; ${advice}`
  const applied = operation.applied === undefined ? {} : { applied: operation.applied }
  return new StoreError(code, message, { key, cause, ...applied })
}

/**
 * Both drivers' shapes of an error: node:sqlite gives the extended result code as the number `errcode`, better-sqlite3
 * as a name in `code`, such as SQLITE_IOERR_FSYNC. The low byte, or the name's second word, is the primary code.
 */
function resultOf(cause: unknown): Result | undefined {
  const { errcode, code, message } = (cause ?? {}) as { errcode?: unknown; code?: unknown; message?: unknown }
  if (typeof errcode === 'number') return RESULTS.find(({ number }) => number === (errcode & 0xff))
  if (typeof code === 'string' && code.startsWith('SQLITE_')) {
    const primary = code.split('_')[1]
    return RESULTS.find(({ name }) => name === primary)
  }
  // node:sqlite, of an integer that no `store` wrote; better-sqlite3, of bytes beyond its limit.
  if (code === 'ERR_OUT_OF_RANGE') return RESULTS.find(({ name }) => name === 'CORRUPT')
  if (cause instanceof RangeError && /too big/.test(String(message))) {
    return RESULTS.find(({ name }) => name === 'TOOBIG')
  }
  return undefined
}
