import { type Applied, StoreError, type StoreErrorCode } from '@wt/core'
import { pack, type Parcel, unpack } from './parcel.ts'

/** What the database's thread can be asked for. Keys and values are the pieces, in turn. */
export type CallName =
  | 'store'
  | 'storeMany'
  | 'load'
  | 'remove'
  | 'removeMany'
  | 'keys'
  | 'revision'
  | 'backup'
  | 'structureFaults'

export interface Call {
  readonly name: CallName
  readonly pieces: readonly Uint8Array[]
}

/** How a call went. The bytes of an answer are its pieces: of a `load` one or none, of `keys` a page of them. */
export type Outcome =
  | { readonly result?: unknown; readonly pieces?: readonly Uint8Array[]; readonly error?: undefined }
  | { readonly error: SentError; readonly pieces?: undefined }

/** Many calls, or their outcomes, as one message: each without its pieces, and all the pieces in one parcel. */
export interface Message<T> {
  readonly items: readonly (Omit<T, 'pieces'> & { readonly pieces: number })[]
  readonly parcel: Parcel
}

export type CallMessage = Message<Call> | 'close'

/** The first says whether the database could be opened, the last that it is closed; all others answer a message each. */
export type AnswerMessage =
  | { readonly type: 'opened' | 'closed'; readonly error?: SentError | undefined }
  | { readonly type: 'answered'; readonly message: Message<Outcome> }

export function toMessage<T extends { readonly pieces?: readonly Uint8Array[] | undefined }>(
  items: readonly T[],
): Message<T> {
  const pieces: Uint8Array[] = []
  const bare = items.map((item) => {
    for (const piece of item.pieces ?? []) pieces.push(piece)
    return { ...item, pieces: item.pieces?.length ?? 0 }
  })
  return { items: bare, parcel: pack(pieces) }
}

export function fromMessage<T extends { readonly pieces?: readonly Uint8Array[] | undefined }>({
  items,
  parcel,
}: Message<T>): T[] {
  const pieces = unpack(parcel)
  let place = 0
  return items.map((item) => {
    place += item.pieces
    return { ...item, pieces: pieces.slice(place - item.pieces, place) } as unknown as T
  })
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
