import type { AsyncBackingStore, Awaitable } from '@wt/core'
import type { SimFs } from './sim-fs.ts'
import { type Step, stepText } from './steps.ts'
import type { CrashProfile } from './unsynced.ts'

/** A store and what is done with it, to be crashed at every point. */
export interface CrashTest<V = unknown> {
  /** Opens the store over the file system that it is given, always at the same path. Called many times. */
  open(fileSystem: SimFs): Awaitable<AsyncBackingStore<string, V>>
  /** What the store does. No two values are equal. */
  readonly steps: readonly Step<V>[]
  readonly profile: CrashProfile
  /** Which disks are tried where there are too many to try all. Default 1. */
  readonly seed?: number
  /** Up to so many disks at one point are all tried; of more, `samples`. Default 256. */
  readonly exhaustiveUpTo?: number
  /** Default 64. */
  readonly samples?: number
  /**
   * Whether the first opening after a crash is tried too: a crash at each of its operations, and one fault, chosen
   * by the seed, on each disk. Default true.
   */
  readonly crashesInRecovery?: boolean
  /** Paths of files that an empty store may have and a new one has not. Default: none. */
  readonly mayStay?: RegExp
  /** Tries nothing but what a failure with this `replay` found. It brings its seed along. */
  readonly replay?: string
}

/** What was tried and found to be in order. */
export interface CrashReport {
  readonly seed: number
  readonly profile: CrashProfile
  /** Operations of the file system that the steps took. */
  readonly operations: number
  /** Faults that were injected, each in a run of its own. */
  readonly faults: number
  /** Crashes: operations after which the disks were looked at. */
  readonly crashes: number
  /** Disks that a store was opened on, each different in its files or in what the store owes. */
  readonly disks: number
  /** How many of them were left by a crash while the store was opened. */
  readonly recoveryDisks: number
}

/** Where a failure is: the numbers after the seed, pairs of an operation and what was tried there. */
export type Trail = readonly number[]

/** Where and how a promise was broken. `log` is what the file system was asked, up to there. */
export interface FailurePlace {
  readonly profile: CrashProfile
  readonly steps: readonly Step[]
  readonly replay: string
  readonly log: readonly string[]
}

/** A broken promise, and how to see it again. */
export class CrashFailure extends Error {
  override readonly name: string = 'CrashFailure'
  /**
   * `seed:operation:state`, for `CrashTest.replay`; longer when a fault came first or a crash in the recovery; the
   * seed alone when it took neither.
   */
  readonly replay: string

  constructor({ profile, steps, replay, log }: FailurePlace, cause: Error) {
    const lines = [
      cause.message,
      `  profile '${profile}', replay: '${replay}'`,
      ...['  steps:', ...steps.map((step) => `    ${stepText(step)}`)],
      ...['  the last operations before it:', ...log.slice(-LAST_OPERATIONS).map((line) => `    ${line}`)],
    ]
    super(lines.join('\n'), { cause })
    this.replay = replay
  }
}

/** The seed and the trail of a `replay`. Throws `RangeError` for what is none. */
export function parseReplay(replay: string): { readonly seed: number; readonly trail: Trail } {
  const numbers = replay.split(':').map(Number)
  const [seed, ...trail] = numbers
  if (seed === undefined || trail.length % 2 !== 0 || !numbers.every(Number.isInteger) || replay === '') {
    throw new RangeError(
      `replay is seed:operation:state as a failure prints it, not ${JSON.stringify(replay)}`,
    )
  }
  return { seed, trail }
}

const LAST_OPERATIONS = 12
