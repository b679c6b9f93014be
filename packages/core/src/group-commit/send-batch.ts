import type { AsyncBackingStore } from '../backing-store.ts'
import { bulkStoreError } from '../store-calls.ts'
import { type Applied, BulkStoreError, StoreError, type StoreErrorCode } from '../store-error.ts'
import { keyOf, nameOf, type QueuedCall } from './commit-queue.ts'

/** Nothing that one key or value can cause: each call would fail for the same reason. */
const NOBODYS_FAULT: readonly StoreErrorCode[] = ['UNAVAILABLE', 'READ_ONLY', 'CLOSED']

/** Makes one commit of stores and answers each caller. Never rejects. */
export async function sendBatch<K, V>(
  store: AsyncBackingStore<K, V>,
  calls: readonly QueuedCall<K, V>[],
): Promise<void> {
  if (calls.length === 1) {
    await answerAlone(calls[0]!)
    return
  }
  const entries = calls.flatMap((call) => call.entries!)
  try {
    await store.storeMany!(entries)
  } catch (error) {
    // Every caller is told, in one of three ways.
    if (BulkStoreError.is(error)) return answerByKey(calls, error as BulkStoreError<K>)
    if (isOneCallsFault(error)) return answerOneByOne(calls)
    for (const call of calls) call.reject(shared(error, call))
    return
  }
  for (const call of calls) call.resolve(undefined)
}

/** Makes the call as it came and answers its caller. Never rejects; what the store threw is returned. */
export async function answerAlone<K, V>(call: QueuedCall<K, V>): Promise<unknown> {
  try {
    call.resolve(await call.alone())
    return undefined
  } catch (error) {
    // The caller's own failure, as the store told it.
    call.reject(error)
    return error
  }
}

function isOneCallsFault(error: unknown): boolean {
  return StoreError.is(error) && error.applied === 'no' && !NOBODYS_FAULT.includes(error.code)
}

/** The batch changed nothing. Made one by one, each call fails for its own fault alone. */
async function answerOneByOne<K, V>(calls: readonly QueuedCall<K, V>[]): Promise<void> {
  for (const [place, call] of calls.entries()) {
    const error = await answerAlone(call)
    if (!StoreError.is(error)) continue
    // Were each of them to wait for the lock, it would take as many times as long.
    if (error.code !== 'BUSY' && !NOBODYS_FAULT.includes(error.code)) continue
    for (const rest of calls.slice(place + 1)) rest.reject(shared(error, rest, 'no'))
    return
  }
}

/** A store that takes no batch as a whole says which keys it has written, and why it has not the others. */
async function answerByKey<K, V>(
  calls: readonly QueuedCall<K, V>[],
  error: BulkStoreError<K>,
): Promise<void> {
  const written = new Set(error.written)
  const last = new Map<K, QueuedCall<K, V>>()
  for (const call of calls) for (const key of call.keys) last.set(key, call)
  for (const call of calls) {
    const [key] = call.keys as readonly [K]
    const failure = error.failures.get(key)
    if (call.operation === 'storeMany') answerMany(call, error.failures, written)
    else if (written.has(key)) call.resolve(undefined)
    // It was another's value that was refused; this one has not been tried.
    else if (failure?.applied === 'no' && last.get(key) !== call) await answerAlone(call)
    else call.reject(failure ?? shared(error, call))
  }
}

function answerMany<K, V>(
  call: QueuedCall<K, V>,
  failures: ReadonlyMap<K, StoreError>,
  written: ReadonlySet<K>,
): void {
  const keys = new Set(call.keys)
  const outcome = {
    failures: new Map([...failures].filter(([key]) => keys.has(key))),
    written: new Set([...keys].filter((key) => written.has(key))),
  }
  if (outcome.written.size === keys.size) call.resolve(undefined)
  else call.reject(bulkStoreError(call.operation, keys.size, outcome))
}

/** What became of the commit that a call shared. Whatever is no `StoreError` says nothing of what was written. */
function shared<K, V>(cause: unknown, call: QueuedCall<K, V>, applied?: Applied): StoreError {
  const code = StoreError.is(cause) ? cause.code : 'WRITE_FAILURE'
  const said = cause instanceof Error ? cause.message : String(cause)
  const message = `${nameOf(call)}: the commit that it shared failed: ${said}`
  const told = StoreError.is(cause) ? cause.applied : 'unknown'
  return new StoreError(code, message, { key: keyOf(call), cause, applied: applied ?? told })
}
