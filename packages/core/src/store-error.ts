import { keyText } from './key-text.ts'

/**
 * What went wrong, as a word to program against. The codes are API; the messages are help for people.
 *
 * - `STORE_FULL`: no room for the write. `KEY_NOT_FOUND`: `getOrThrow` found nothing.
 * - `WRITE_FAILURE`, `READ_FAILURE`: the medium failed. `CORRUPT`: what is stored does not verify.
 * - `BUSY`: another holds the store. `READ_ONLY`: it takes no writes. `CLOSED`: it was closed.
 * - `INVALID_KEY`, `INVALID_VALUE`: the store or its codec cannot hold it.
 * - `TIMEOUT`, `ABORTED`: the caller gave up. `UNAVAILABLE`: the store cannot be reached.
 */
export type StoreErrorCode =
  | 'STORE_FULL'
  | 'KEY_NOT_FOUND'
  | 'WRITE_FAILURE'
  | 'READ_FAILURE'
  | 'CORRUPT'
  | 'BUSY'
  | 'READ_ONLY'
  | 'CLOSED'
  | 'INVALID_KEY'
  | 'INVALID_VALUE'
  | 'TIMEOUT'
  | 'ABORTED'
  | 'UNAVAILABLE'

/** Whether a failed write changed the store: certainly not, or nobody knows. */
export type Applied = 'no' | 'unknown'

export interface StoreErrorOptions {
  readonly key?: unknown
  readonly cause?: unknown
  /** Default: by the code, see `StoreError.applied`. */
  readonly applied?: Applied
}

const CODES = {
  STORE_FULL: 'no',
  KEY_NOT_FOUND: 'no',
  WRITE_FAILURE: 'unknown',
  READ_FAILURE: 'unknown',
  CORRUPT: 'unknown',
  BUSY: 'no',
  READ_ONLY: 'no',
  CLOSED: 'no',
  INVALID_KEY: 'no',
  INVALID_VALUE: 'no',
  TIMEOUT: 'unknown',
  ABORTED: 'unknown',
  UNAVAILABLE: 'unknown',
} as const satisfies Record<StoreErrorCode, Applied>

const STORE_ERROR = Symbol.for('@wt/core/StoreError')
const BULK_STORE_ERROR = Symbol.for('@wt/core/BulkStoreError')
const BULK_READ_ERROR = Symbol.for('@wt/core/BulkReadError')

/** The one error of stores and caches for what the world does wrong. Wrong arguments are `TypeError` or `RangeError`. */
export class StoreError extends Error {
  override readonly name: string = 'StoreError'
  readonly code: StoreErrorCode
  /** The key of the operation, where there was one. */
  readonly key: unknown
  /**
   * `'no'`: the store is as it was. `'unknown'`: the write may have happened. By default `'no'` for `STORE_FULL`,
   * `INVALID_KEY`, `INVALID_VALUE`, `READ_ONLY`, `CLOSED`, `KEY_NOT_FOUND` and `BUSY`, else `'unknown'`. Means nothing for a read.
   */
  readonly applied: Applied

  constructor(code: StoreErrorCode, message: string, options: StoreErrorOptions = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    if (!Object.hasOwn(CODES, code)) {
      throw new TypeError(
        `${keyText(code)} is no code of StoreError; it takes ${Object.keys(CODES).join(', ')}`,
      )
    }
    this.code = code
    this.key = options.key
    this.applied = options.applied ?? CODES[code]
  }

  /** True for a `StoreError` of any copy of this package. A `BulkStoreError` is none. */
  static is(value: unknown): value is StoreError {
    return isBranded(value, STORE_ERROR)
  }
}

/**
 * A write of many keys of which some failed. A key in neither `failures` nor `written` is in an unknown state.
 * `written` are the keys stored or, from a remove, the keys that are gone.
 */
export class BulkStoreError<K = unknown> extends AggregateError {
  override readonly name: string = 'BulkStoreError'
  readonly failures: Map<K, StoreError>
  readonly written: K[]

  constructor(message: string, failures: Map<K, StoreError>, written: K[] = []) {
    super([...failures.values()], message)
    this.failures = failures
    this.written = written
  }

  static is(value: unknown): value is BulkStoreError {
    return isBranded(value, BULK_STORE_ERROR)
  }
}

/** A read of many keys of which some could not be read. `found` holds those that could, and exist. */
export class BulkReadError<K = unknown, V = unknown> extends AggregateError {
  override readonly name: string = 'BulkReadError'
  readonly failures: Map<K, StoreError>
  readonly found: Map<K, V>

  constructor(message: string, failures: Map<K, StoreError>, found: Map<K, V>) {
    super([...failures.values()], message)
    this.failures = failures
    this.found = found
  }

  static is(value: unknown): value is BulkReadError {
    return isBranded(value, BULK_READ_ERROR)
  }
}

// On the prototypes, where an error that is printed does not show them.
for (const [errorClass, brand] of [
  [StoreError, STORE_ERROR],
  [BulkStoreError, BULK_STORE_ERROR],
  [BulkReadError, BULK_READ_ERROR],
] as const) {
  Object.defineProperty(errorClass.prototype, brand, { value: true })
}

function isBranded(value: unknown, brand: symbol): boolean {
  return typeof value === 'object' && value !== null && (value as Record<symbol, unknown>)[brand] === true
}
