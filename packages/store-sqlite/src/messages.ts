import { type Applied, StoreError, type StoreErrorCode } from '@wt/core'
import { pack, type Parcel, unpack } from './parcel.ts'

/** What the database's thread can be asked for. Keys and values are the pieces, in turn. */
export type CallName =
  | 'store'
  | 'storeMany'
  | 'load'
  | 'remove'
  | 'removeMany'
  | 'loadVersioned'
  | 'storeIf'
  | 'removeIf'
  | 'acquireLease'
  | 'releaseLease'
  | 'keys'
  | 'revision'
  | 'backup'
  | 'structureFaults'

export interface Call {
  readonly name: CallName
  readonly pieces: readonly Uint8Array[]
}

/** How a call went. The bytes of an answer are its pieces: of a `load` one or none, of a
 * `loadVersioned` two or none, of `keys` a page of them. */
export type Outcome =
  | { readonly result?: unknown; readonly pieces?: readonly Uint8Array[]; readonly error?: undefined }
  | { readonly error: SentError; readonly pieces?: undefined }

/**
 * Many calls, or their outcomes, as one message: what each is without its pieces, how many pieces it has, and all of them in
 * one parcel. Three flat arrays cross between threads much quicker than as many objects.
 */
export interface Message<T> {
  readonly items: readonly T[]
  readonly counts: readonly number[]
  readonly parcel: Parcel
}

export type CallMessage = Message<CallName> | 'close'

/** The first says whether the database could be opened, the last that it is closed; all others answer a message each. */
export type AnswerMessage =
  | { readonly type: 'opened' | 'closed'; readonly error?: SentError | undefined }
  | { readonly type: 'answered'; readonly message: Message<BareOutcome>; readonly tookMs: number }

/** Most calls have nothing more to say than that they are done. */
export type BareOutcome =
  | undefined
  | { readonly result: unknown; readonly error?: undefined }
  | { readonly error: SentError }

export function callsMessage(calls: readonly Call[]): Message<CallName> {
  return { items: calls.map(({ name }) => name), ...packed(calls) }
}

export function callsOf({ items, counts, parcel }: Message<CallName>): Call[] {
  const pieces = unpack(parcel, counts)
  return items.map((name, place) => ({ name, pieces: pieces[place]! }))
}

export function outcomesMessage(outcomes: readonly Outcome[]): Message<BareOutcome> {
  return { items: outcomes.map(bare), ...packed(outcomes) }
}

export function outcomesOf({ items, counts, parcel }: Message<BareOutcome>): Outcome[] {
  const pieces = unpack(parcel, counts)
  return items.map((item, place) => (item?.error === undefined ? { ...item, pieces: pieces[place]! } : item))
}

function bare(outcome: Outcome): BareOutcome {
  if (outcome.error !== undefined) return { error: outcome.error }
  return outcome.result === undefined ? undefined : { result: outcome.result }
}

function packed(items: readonly { readonly pieces?: readonly Uint8Array[] | undefined }[]): {
  counts: number[]
  parcel: Parcel
} {
  const pieces: Uint8Array[] = []
  const counts = items.map((item) => {
    for (const piece of item.pieces ?? []) pieces.push(piece)
    return item.pieces?.length ?? 0
  })
  return { counts, parcel: pack(pieces) }
}

/** A `StoreError` as it crosses between threads, where a class is lost. */
export interface SentError {
  readonly code: StoreErrorCode
  readonly message: string
  readonly key: unknown
  readonly applied: Applied
  readonly cause?: { readonly message: string; readonly code?: unknown; readonly errcode?: unknown }
}

export function sentError({ code, message, key, applied, cause }: StoreError): SentError {
  const sent = { code, message, key, applied }
  if (!(cause instanceof Error)) return sent
  // What a driver says of a failure: the result code, by name or by number.
  const { code: resultCode, errcode } = cause as { code?: unknown; errcode?: unknown }
  return { ...sent, cause: { message: cause.message, code: resultCode, errcode } }
}

export function receivedError({ code, message, key, applied, cause }: SentError): StoreError {
  if (cause === undefined) return new StoreError(code, message, { key, applied })
  const { message: said, ...codes } = cause
  return new StoreError(code, message, { key, applied, cause: Object.assign(new Error(said), codes) })
}
