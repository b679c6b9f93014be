import { BrokenPromise } from '../outcomes.ts'
import type { Target } from '../target.ts'

/** A store that is killed at work, again and again. */
export interface KillTest {
  /** It names its module: the process that is killed imports it. */
  readonly target: Target
  /** A directory, empty at first. All generations work on it, each on what the one before left. */
  readonly location: string
  /** How many processes are killed. */
  readonly kills: number
  /** Which calls are made, and after how many of them the kill comes. Default 1. */
  readonly seed?: number
  /** Default: six, in the name and hashed, so that most writes overwrite. */
  readonly keys?: readonly string[]
  /** Default: all that the target claims. */
  readonly calls?: 'single' | 'batches' | 'all'
  /** Default: at random moments, one in eight while the store is opened. */
  readonly moments?: 'random' | 'opening'
  /** Up to so many calls are made without waiting for each other. Default: 1 for a synchronous store, else 4. */
  readonly together?: number
  /**
   * The files in a location that should be gone once a store was opened and closed there, such as temporary ones. Default:
   * none is looked for.
   */
  readonly strays?: (location: string) => readonly string[]
}

/** What was tried and found to be in order. */
export interface KillReport {
  readonly seed: number
  readonly kills: number
  /** Writes that were acknowledged before a kill, all of which were looked for after it. */
  readonly acknowledged: number
  /** Kills that struck while a write was under way. */
  readonly duringWrites: number
  /** Kills that struck before the store was open. */
  readonly duringOpening: number
  /** Processes that a crash of their own ended before the kill: checked like the others. */
  readonly crashes: number
}

/** A broken promise, and what led to it. */
export class KillFailure extends BrokenPromise {
  override readonly name: string = 'KillFailure'

  constructor(moment: string, log: readonly string[], cause: Error) {
    const lines = [
      `killed ${moment}: ${cause.message}`,
      '  the last the process said:',
      ...log.slice(-LAST_LINES).map((line) => `    ${line}`),
    ]
    super(lines.join('\n'), { cause })
  }
}

const LAST_LINES = 8
