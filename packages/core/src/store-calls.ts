import { keyText } from './key-text.ts'
import { BulkReadError, BulkStoreError, StoreError } from './store-error.ts'

/** Throws a `TypeError` unless it looks like a store. */
export function checkStore(store: unknown): void {
  for (const method of ['store', 'load', 'remove']) {
    if (typeof (store as Record<string, unknown> | null | undefined)?.[method] !== 'function') {
      throw new TypeError(`the backing store has no method ${method}; see BackingStore`)
    }
  }
}

/** Throws a `TypeError` for `undefined`, which is never a value. */
export function checkValue(operation: string, key: unknown, value: unknown): void {
  if (value === undefined) throw undefinedValue(operation, key)
}

function undefinedValue(operation: string, key: unknown): TypeError {
  return new TypeError(
    `${operation} of ${keyText(key)}: undefined cannot be stored; use invalidate to remove`,
  )
}

/** What a store's read threw, as a `StoreError`: its own, or a `READ_FAILURE` around anything else. */
export function readError(cause: unknown, key: unknown): StoreError {
  if (StoreError.is(cause)) return cause
  const message = `load of ${keyText(key)} failed: ${messageOf(cause)}`
  return new StoreError('READ_FAILURE', message, { key, cause })
}

/** What a store's write or remove threw, as a `StoreError`: its own, or a `WRITE_FAILURE` whose outcome is unknown. */
export function writeError(cause: unknown, key: unknown, operation: 'store' | 'remove'): StoreError {
  if (StoreError.is(cause)) return cause
  const message = `${operation} of ${keyText(key)} failed, and may have happened: ${messageOf(cause)}`
  return new StoreError('WRITE_FAILURE', message, { key, cause, applied: 'unknown' })
}

/** What a store threw when it was asked for a lease, which changes no entry, and ends by itself should it have been granted. */
export function leaseError(cause: unknown, key: unknown): StoreError {
  const code = StoreError.is(cause) ? cause.code : 'WRITE_FAILURE'
  const message = `getOrPut of ${keyText(key)}: its lease failed, and no entry was changed: ${messageOf(cause)}`
  return new StoreError(code, message, { key, cause, applied: 'no' })
}

/** How a write of many keys went: which succeeded, and why others failed. Of a key in neither nobody knows. */
export interface BulkOutcome<K> {
  readonly failures: Map<K, StoreError>
  readonly written: ReadonlySet<K>
}

/** What `storeMany` or `removeMany` threw, key by key. An error that is not told by key stands for the whole batch. */
export function bulkOutcome<K>(
  cause: unknown,
  keys: Iterable<K>,
  operation: 'store' | 'remove',
): BulkOutcome<K> {
  if (BulkStoreError.is(cause)) {
    const { failures, written } = cause as BulkStoreError<K>
    return { failures, written: new Set(written) }
  }
  const failures = new Map<K, StoreError>()
  for (const key of keys) failures.set(key, writeError(cause, key, operation))
  return { failures, written: new Set() }
}

/** The error that tells a caller how a bulk operation went. */
export function bulkStoreError<K>(
  operation: string,
  keys: number,
  outcome: BulkOutcome<K>,
): BulkStoreError<K> {
  const { failures, written } = outcome
  const [first] = failures.values()
  const message =
    `${operation}: of ${keys} keys ${written.size} succeeded, ${failures.size} failed` +
    (first === undefined ? '' : `, the first of them so: ${first.message}`)
  return new BulkStoreError(message, failures, [...written])
}

/** The error that tells a caller which keys could not be read. */
export function bulkReadError<K, V>(
  operation: string,
  failures: Map<K, StoreError>,
  found: Map<K, V>,
): BulkReadError<K, V> {
  const [first] = failures.values()
  const message = `${operation}: ${failures.size} keys could not be read, the first of them so: ${first?.message}`
  return new BulkReadError(message, failures, found)
}

/** Refuses a promise where a synchronous store owes an answer: the cache would take it for a value. */
export function notLater<T>(answer: T, method: string): T {
  if (!isThenable(answer)) return answer
  throw promised(answer, method)
}

function promised(answer: PromiseLike<unknown>, method: string): TypeError {
  // Nobody else will listen to it. Should it reject, the process must not end over it.
  answer.then(undefined, () => {})
  return new TypeError(
    `its ${method} answered with a promise; a WriteThroughCache needs a synchronous BackingStore`,
  )
}

/** True for a promise and its like. */
export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  )
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
