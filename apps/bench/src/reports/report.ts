import type { Durability } from '@wt/core'
import { type Measurement, ratioOf } from '../measure/compare.ts'
import type { LatencyMs } from '../measure/latencies.ts'
import { isTie, ranksOf, type Spread, spreadOf } from '../measure/statistics.ts'
import type { Comparison, StoreEntrant } from '../workloads/store-comparisons.ts'
import type { Environment } from './environment.ts'

/** What `--json` prints. */
export interface Report {
  readonly environment: Environment
  readonly limits: readonly LimitRow[]
  readonly rows: readonly Row[]
}

/** The median over the rounds and what lies around it. */
export interface Measured {
  readonly operationsPerSecond: number
  readonly spread: Omit<Spread, 'median'>
  readonly latencyMs: LatencyMs
  /** How many operations the latencies are from: with fewer than 1,000, p999 is hardly more than the slowest. */
  readonly samples: number
}

/** The same work with nothing around it. */
export interface LimitRow extends Measured {
  /** What was measured side by side has the same title. */
  readonly comparison: string
  readonly limit: string
  readonly durability: Durability
  readonly workload: string
}

export interface Row extends Measured {
  readonly comparison: string
  readonly store: string
  /** What its acknowledged writes survive. */
  readonly durability: Durability
  readonly workload: string
  /** The limit that `ratioToLimit` is to: the median of the ratios, round by round. */
  readonly limit: string
  readonly ratioToLimit: number
  readonly ratioSpread: Omit<Spread, 'median'>
  /** The difference from the limit is within the noise. */
  readonly tiesWithLimit: boolean
  /** In its comparison; ties share a rank. */
  readonly rank: number
  readonly rankIsShared: boolean
  readonly capacity?: number
  readonly policy?: string
  readonly hitRatio?: number
  /** How many wrote at once, where that is what was compared. */
  readonly callers?: number
  /** How many times as fast as one caller alone: the median of the ratios, round by round. */
  readonly ratioToOneCaller?: number
  /** What a timer of that process was late, in the worst of a hundred cases. */
  readonly eventLoopDelayMs?: number
}

/** The ratio of what is as fast as its limit. */
export const EVEN: Spread = { median: 1, lowerQuartile: 1, upperQuartile: 1, lowest: 1, highest: 1 }

/** The rows of one comparison, fastest first. `measurements` are in the order of its entrants. */
export function rowsOf(
  { title, entrants }: Comparison,
  measurements: readonly Measurement[],
): { limits: LimitRow[]; rows: Row[] } {
  const limits: LimitRow[] = []
  const stores: [StoreEntrant, Measurement][] = []
  for (const [index, measurement] of measurements.entries()) {
    const entrant = entrants[index]!
    const { name: limit, durability, workload } = entrant
    if (entrant.store !== undefined) stores.push([entrant, measurement])
    else limits.push({ comparison: title, limit, durability, workload, ...measured(measurement) })
  }
  const ranks = ranksOf(stores.map(([, { speeds }]) => spreadOf(speeds)))
  const rows = stores.map(([entrant, measurement], index): Row => {
    const { store, durability, workload, limit, capacity, policy, callers, oneCaller } = entrant
    const ratioTo = (other: string): Spread =>
      ratioOf(measurement, measurements.find(({ name }) => name === other)!)
    const ratio = ratioTo(limit!)
    const { median: ratioToLimit, ...ratioSpread } = ratio
    return {
      ...{ comparison: title, store: store!, durability, workload, ...measured(measurement) },
      ...{ limit: limit!, ratioToLimit, ratioSpread, tiesWithLimit: isTie(ratio, EVEN) },
      ...{ rank: ranks[index]!.rank, rankIsShared: ranks[index]!.shared },
      ...(capacity !== undefined && { capacity }),
      ...(policy !== undefined && { policy }),
      ...(callers !== undefined && { callers }),
      ...(oneCaller !== undefined && { ratioToOneCaller: ratioTo(oneCaller).median }),
      ...measurement.facts,
    }
  })
  const fastestFirst = (a: Measured, b: Measured): number => b.operationsPerSecond - a.operationsPerSecond
  return { limits: limits.sort(fastestFirst), rows: rows.sort(fastestFirst) }
}

export function measured({ speeds, latencyMs, samples }: Measurement): Measured {
  const { median, ...spread } = spreadOf(speeds)
  return { operationsPerSecond: median, spread, latencyMs, samples }
}
