/** What a key holds: a number that only one write writes, or nothing. */
export type Held = number | undefined

/** `failed` is a read without an answer; a write that failed says what became of it. */
export type Outcome = 'ok' | 'no' | 'unknown' | 'failed'

/** What was asked of a cache, or of the store below it, about one key. */
export interface Operation {
  readonly name: string
  readonly kind: 'read' | 'write' | 'remove'
  readonly key: string
  /** What is written; of a read, what was answered. */
  value: Held
  readonly from: number
  /** `Infinity` while it has no answer. */
  to: number
  outcome: Outcome
  /** Of a remove that told it. */
  existed?: boolean
  /** Of a read that was answered by the table at once. */
  hit?: boolean
  /** Of a conditional write: what has to be there before it. */
  before?: Before
  /** A conditional write that was not carried out, because something else was there. Its outcome is 'no'. */
  refused?: boolean
  /** What the store calls that which was read or written. */
  version?: string
}

/** What a conditional write replaces: the entry of a version, a value, or anything, or nothing. */
export type Before =
  | { readonly version: string | undefined }
  | { readonly value: Held }
  | { readonly present: boolean }

/** What a store told the cache over it, and when the cache had taken it. */
export interface ToldChange {
  readonly at: number
  readonly type: 'keys' | 'all' | 'down' | 'up'
  readonly keys: readonly string[]
}

/** What one process did and saw. */
export interface ProcessHistory {
  readonly operations: readonly Operation[]
  /** What the cache asked of the store. */
  readonly calls: readonly Operation[]
  readonly changes: readonly ToldChange[]
  /** When the process stood still until `at`, for so long. */
  readonly standstills: readonly Standstill[]
  /** Errors that are none of those that a cache may answer. */
  readonly oddities: readonly string[]
}

export interface Standstill {
  readonly at: number
  readonly lasted: number
}

/** All that was written to the server was lost, at some time between. */
export interface Loss {
  readonly from: number
  readonly to: number
}

/** What the server did, in its order: what a key held from then on, or that it stays, or the loss of all keys. */
export type ServerEntry = KeyEntry | { readonly persists: string } | 'loss'

export interface KeyEntry {
  readonly key: string
  readonly value: Held
  /** The version that the entry has on the server, if it has one. */
  readonly version?: string | undefined
  /** When the server drops it. */
  readonly expiresAt?: number | undefined
  /** It went because its time was up. */
  readonly isExpiry?: boolean
}

export interface History {
  readonly processes: readonly ProcessHistory[]
  readonly log: readonly ServerEntry[]
  readonly losses: readonly Loss[]
  /** What primaries had done that died with them, as their replicas had not received it. */
  readonly lost?: readonly LostEntry[]
  /** A write of unknown outcome is over when a later call of the same key was answered, not any call. */
  readonly ordersByKey?: boolean
}

/** What the server did, and then had not done, for a replica without it was promoted: some time between. */
export interface LostEntry extends KeyEntry {
  readonly from: number
  readonly to: number
}

/** What may be no longer. In nanoseconds, as all times are. */
export interface Bounds {
  /** A value that was replaced is answered no longer than that. */
  readonly stale: number
  /** A value that has expired is a hit no longer than that. */
  readonly expired: number
  /** Every caller has an answer in that time. */
  readonly answer: number
}

/** Nanoseconds on the machine's monotonic clock, which all its processes share. */
export function now(): number {
  return Number(process.hrtime.bigint())
}

/** A time of the wall clock on that clock; to a millisecond. */
export function ofWallClock(unixMs: number): number {
  return now() + (unixMs - Date.now()) * MS
}

export const MS = 1_000_000
