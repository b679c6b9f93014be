import { type Measurement, ratioOf } from '../measure/compare.ts'
import { isTie } from '../measure/statistics.ts'
import type { PeerComparison } from '../workloads/peer-comparisons.ts'
import { type Environment, environmentLines } from './environment.ts'
import { count, noise, plainTable, ratio } from './format.ts'
import { EVEN, type Measured, measured } from './report.ts'

/** What `bench peers --json` prints. */
export interface PeersReport {
  readonly environment: Environment
  readonly limits: readonly PeerRow[]
  readonly rows: readonly PeerRow[]
}

export interface PeerRow extends Measured {
  readonly name: string
  readonly workload: string
  readonly limit: string
  readonly ratioToLimit: number
  readonly tiesWithLimit: boolean
  readonly ratioToLruCache: number
  readonly tiesWithLruCache: boolean
}

const PEER = 'lru-cache'
const COLUMNS = [
  { title: '', width: 30 },
  { title: 'ops/s', width: 9, right: true },
  { title: 'spread', width: 9, right: true },
  { title: 'of the limit', width: 15, right: true },
  { title: 'of lru-cache', width: 15, right: true },
]

/** One comparison's rows, in the order of its entrants, the limit first. */
export function peerRows(
  { workload, limit }: PeerComparison,
  measurements: readonly Measurement[],
): PeerRow[] {
  const named = (name: string): Measurement => measurements.find((each) => each.name === name)!
  return measurements.map((measurement) => {
    const toLimit = ratioOf(measurement, named(limit))
    const toPeer = ratioOf(measurement, named(PEER))
    return {
      ...{ name: measurement.name, workload, limit, ...measured(measurement) },
      ...{ ratioToLimit: toLimit.median, tiesWithLimit: isTie(toLimit, EVEN) },
      ...{ ratioToLruCache: toPeer.median, tiesWithLruCache: isTie(toPeer, EVEN) },
    }
  })
}

/** The report as a person reads it, one table for all. */
export function peersTable({ environment, limits, rows }: PeersReport, rounds: number): string {
  const sections = limits.map((limit) => ({
    title: limit.workload,
    rows: [limit, ...rows.filter(({ workload }) => workload === limit.workload)].map(cells),
  }))
  const legend = [
    `Medians of ${rounds} interleaved rounds, each contender in a process of its own; spread: half the distance between the`,
    'quartiles; ≈: a tie. The limit is a bare Map or, where there is eviction, a Map and a ring of its keys.',
  ]
  return [environmentLines(environment), plainTable(COLUMNS, sections), legend.join('\n')].join('\n\n')
}

function cells(row: PeerRow): string[] {
  const isLimit = row.name === row.limit
  const tied = (tie: boolean, value: number): string => `${tie ? '≈' : ''}${ratio(value)}`
  return [
    `${isLimit ? 'limit: ' : ''}${row.name}`,
    count(row.operationsPerSecond),
    noise(row.spread, row.operationsPerSecond),
    isLimit ? '' : tied(row.tiesWithLimit, row.ratioToLimit),
    row.name === PEER ? '' : tied(row.tiesWithLruCache, row.ratioToLruCache),
  ]
}
