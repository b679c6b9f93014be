import { type Applied, StoreError, type StoreErrorCode } from '@wt/core'
import { pack, unpack } from './parcel.ts'

const CALL_NAMES = [
  'store',
  'storeMany',
  'load',
  'remove',
  'removeMany',
  'loadVersioned',
  'storeIf',
  'removeIf',
  'acquireLease',
  'releaseLease',
  'keys',
  'revision',
  'backup',
  'structureFaults',
] as const

/** What the database's thread can be asked for. Keys and values are the pieces, in turn. */
export type CallName = (typeof CALL_NAMES)[number]

export interface Call {
  readonly name: CallName
  readonly pieces: readonly Uint8Array[]
}

/** How a call went: what it answers, of a `load` one piece of bytes or none, of a `loadVersioned` two or none, of `keys` a page. */
export type Outcome =
  | { readonly result?: unknown; readonly pieces?: undefined; readonly error?: undefined }
  | { readonly pieces: readonly Uint8Array[]; readonly result?: undefined; readonly error?: undefined }
  | { readonly error: SentError; readonly pieces?: undefined; readonly result?: undefined }

/** Calls in a parcel, each of whose tags is the place of its name. */
export type CallMessage = ArrayBuffer | 'close'

/** Most calls have nothing more to say than that they are done: of so many only the others are told, each with its place. */
export interface Outcomes {
  readonly count: number
  readonly told: readonly (readonly [place: number, outcome: Outcome])[]
  /** The pieces of all, when one has some. */
  readonly parcel: ArrayBuffer | undefined
}

/** The first says whether the database could be opened, the last that it is closed; all others answer a message each. */
export type AnswerMessage =
  | { readonly type: 'opened' | 'closed'; readonly error?: SentError | undefined }
  | { readonly type: 'answered'; readonly outcomes: Outcomes; readonly tookMs: number }

export function callsMessage(calls: readonly Call[]): ArrayBuffer {
  return pack(calls.map(({ name, pieces }) => ({ tag: CALL_NAMES.indexOf(name), pieces })))
}

export function callsOf(message: ArrayBuffer): Call[] {
  return unpack(message).map(({ tag, pieces }) => ({ name: CALL_NAMES[tag]!, pieces }))
}

export function outcomesMessage(outcomes: readonly Outcome[]): Outcomes {
  const told: [place: number, outcome: Outcome][] = []
  for (const [place, outcome] of outcomes.entries()) {
    if (outcome.error !== undefined || outcome.result !== undefined) told.push([place, outcome])
  }
  const hasPieces = outcomes.some(({ pieces }) => pieces !== undefined)
  const parcel = hasPieces ? pack(outcomes.map(({ pieces = [] }) => ({ tag: 0, pieces }))) : undefined
  return { count: outcomes.length, told, parcel }
}

export function outcomesOf({ count, told, parcel }: Outcomes): Outcome[] {
  const outcomes: Outcome[] = parcel === undefined ? Array(count).fill(DONE) : unpack(parcel)
  for (const [place, outcome] of told) outcomes[place] = outcome
  return outcomes
}

const DONE: Outcome = {}

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
