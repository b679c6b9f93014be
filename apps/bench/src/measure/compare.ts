import type { ContenderSpec, FinalResult } from './contender.ts'
import { ContenderProcess } from './contender-process.ts'
import { type Spread, spreadOf } from './statistics.ts'

/** Someone who takes part in a comparison. */
export interface Entrant {
  readonly name: string
  readonly spec: ContenderSpec
  /** How many entries one operation writes. Default 1. */
  readonly entriesPerOperation?: number
}

export interface Measurement extends FinalResult {
  readonly name: string
  /** Operations a second in each round; with more than one entry an operation, entries a second. */
  readonly speeds: readonly number[]
}

/** How many times as fast as another, round by round, so that what slows both down cancels out. */
export function ratioOf(one: Measurement, other: Measurement): Spread {
  return spreadOf(one.speeds.map((speed, round) => speed / other.speeds[round]!))
}

export interface CompareOptions {
  readonly rounds: number
  readonly roundMs: number
  /** Instead of as many as fit `roundMs`. */
  readonly operations?: number | undefined
  /** Called after each round of each entrant, and after each warm-up. */
  readonly onStep?: () => void
}

/** Warm-up counts as a round. */
export function stepsOf(entrants: readonly Entrant[], rounds: number): number {
  return entrants.length * (rounds + 1)
}

/**
 * Runs the entrants' rounds in turns, each in a process of its own, one at a time: what changes on the machine meanwhile
 * meets them all alike. In the order of the entrants.
 */
export async function compare(entrants: readonly Entrant[], options: CompareOptions): Promise<Measurement[]> {
  const processes = await Promise.all(entrants.map(({ name, spec }) => ContenderProcess.create(name, spec)))
  for (const contender of processes) {
    await contender.warmUp(options.roundMs, options.operations)
    options.onStep?.()
  }
  const speeds: number[][] = entrants.map(() => [])
  for (let round = 0; round < options.rounds; round++) {
    for (let turn = 0; turn < processes.length; turn++) {
      // Who goes first changes from round to round, so nobody always follows the same neighbour's disk writes.
      const index = (turn + round) % processes.length
      const { operations, elapsedMs } = await processes[index]!.round()
      const entries = operations * (entrants[index]!.entriesPerOperation ?? 1)
      speeds[index]!.push((entries / elapsedMs) * 1000)
      options.onStep?.()
    }
  }
  const finals = await Promise.all(processes.map((contender) => contender.finish()))
  return entrants.map(({ name }, index) => ({ name, speeds: speeds[index]!, ...finals[index]! }))
}
