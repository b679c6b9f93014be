import type { Change, Durability } from '@wt/core'
import type { Command } from './link.ts'
import type { Names } from './names.ts'

/** The way to the server, or to the servers of a Cluster. What fails is told as it came; `translateError` makes sense of it. */
export interface Sender {
  /** What must not be in any message; grows as passwords are given. */
  readonly secrets: ReadonlySet<string>
  /** What its servers are configured for, the least of it; undefined where that is not known, or not yet. */
  readonly durability: Durability | undefined
  /** Resolves when it is connected. */
  ready(): Promise<void>
  /** The replies to commands that change nothing. Commands of one key are carried out in the order of the calls. */
  read(commands: readonly Command[], signal?: AbortSignal): Promise<unknown>[]
  /** The replies to commands that change their key. Where replicas have to have it, else `NotReplicated`. */
  write(commands: readonly Command[], signal?: AbortSignal): Promise<unknown>[]
  /** All keys, each once, in pages. Nothing is held open between two of them. */
  keyPages(signal?: AbortSignal): AsyncGenerator<readonly string[], void, undefined>
  /** Tells the listener what others change, beginning with `down`. Absent where that cannot be. */
  readonly track?: (tell: (change: Change<string>) => void) => Tracker
  /** Answers what was asked before, and ends. What is asked later is the caller's to refuse. */
  close(): Promise<void>
}

/** Who tells what others change. */
export interface Tracker {
  /** A value that was read or written at `since` is dropped by the server after so long; never, when undefined. */
  expires(key: string, inMs: number | undefined, since: number): void
  /** Ends it. Idempotent. */
  stop(): Promise<void>
}

/** What every way to the server goes by. */
export interface SenderSettings {
  readonly names: Names
  readonly connectTimeoutMs: number
  readonly commandTimeoutMs: number
  readonly maxPending: number
  readonly replicas: Replicas | undefined
  readonly lateWrites: boolean
  readonly heartbeatMs: number
  readonly heartbeatTimeoutMs: number
}

/** So many replicas have to have a write, within so long. */
export interface Replicas {
  readonly count: number
  readonly timeoutMs: number
}
