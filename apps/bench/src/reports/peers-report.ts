import { type Measurement, ratioOf } from '../measure/compare.ts'
import { isTie } from '../measure/statistics.ts'
import { MEMORY, type PeerComparison } from '../workloads/peer-comparisons.ts'
import { type Environment, environmentLines } from './environment.ts'
import { count, noise, plainTable, ratio, type Section } from './format.ts'
import { EVEN, type Measured, measured } from './report.ts'

/** What `bench peers --json` prints. */
export interface PeersReport {
  readonly environment: Environment
  readonly limits: readonly PeerRow[]
  readonly rows: readonly PeerRow[]
  readonly memory: readonly MemoryRow[]
}

export interface PeerRow extends Measured {
  readonly name: string
  readonly workload: string
  readonly limit: string
  readonly ratioToLimit: number
  readonly tiesWithLimit: boolean
  /** How many times as fast as others, by their names, and which of these it ties with. */
  readonly ratios: Readonly<Record<string, number>>
  readonly tiesWith: readonly string[]
}

export interface MemoryRow {
  readonly name: string
  readonly bytesPerEntry: number
}

/** One comparison's rows, in the order of its entrants, the limit first. */
export function peerRows(
  { workload, limit, references }: PeerComparison,
  measurements: readonly Measurement[],
): PeerRow[] {
  const named = (name: string): Measurement => measurements.find((each) => each.name === name)!
  return measurements.map((measurement) => {
    const toLimit = ratioOf(measurement, named(limit))
    const others = references.filter((name) => name !== measurement.name)
    const spreads = others.map((name) => [name, ratioOf(measurement, named(name))] as const)
    return {
      ...{ name: measurement.name, workload, limit, ...measured(measurement) },
      ...{ ratioToLimit: toLimit.median, tiesWithLimit: isTie(toLimit, EVEN) },
      ratios: Object.fromEntries(spreads.map(([name, { median }]) => [name, median])),
      tiesWith: spreads.filter(([, spread]) => isTie(spread, EVEN)).map(([name]) => name),
    }
  })
}

/** The report as a person reads it: a table for each set of columns, and one of bytes. */
export function peersTable(
  { environment, limits, rows, memory }: PeersReport,
  comparisons: readonly PeerComparison[],
  rounds: number,
): string {
  const tables = [comparisons.slice(0, -1), comparisons.slice(-1)]
    .filter((group) => group.length > 0)
    .map((group) => speedTable(group, [...limits, ...rows]))
  const bytes = memory.map(({ name, bytesPerEntry }) => [name, bytesPerEntry.toFixed(0)])
  const legend = [
    `Medians of ${rounds} interleaved rounds, each contender in a process of its own; spread: half the distance between the`,
    'quartiles; ≈: a tie. The limit is a bare Map or, where there is eviction, a Map and a ring of its keys. Bytes: on the',
    'heap and in typed arrays after a garbage collection, in a process of its own.',
  ]
  return [
    environmentLines(environment),
    ...tables,
    ...(bytes.length > 0 ? [plainTable(MEMORY_COLUMNS, [{ title: MEMORY, rows: bytes }])] : []),
    legend.join('\n'),
  ].join('\n\n')
}

const NAME = { title: '', width: 34 }
const MEMORY_COLUMNS = [
  { title: '', width: 64 },
  { title: 'bytes', width: 9, right: true },
]
const SPEED_COLUMNS = [
  NAME,
  { title: 'ops/s', width: 9, right: true },
  { title: 'spread', width: 9, right: true },
  { title: 'of the limit', width: 15, right: true },
]

/** Comparisons with the same references, one section each. */
function speedTable(comparisons: readonly PeerComparison[], rows: readonly PeerRow[]): string {
  const { references } = comparisons[0]!
  const ofReferences = references.map((name) => ({ title: `of ${name}`, width: 15, right: true }))
  const sections = comparisons.map(
    ({ workload }): Section => ({
      title: workload,
      rows: rows.filter((row) => row.workload === workload).map((row) => cells(row, references)),
    }),
  )
  return plainTable([...SPEED_COLUMNS, ...ofReferences], sections)
}

function cells(row: PeerRow, references: readonly string[]): string[] {
  const isLimit = row.name === row.limit
  const tied = (tie: boolean, value: number): string => `${tie ? '≈' : ''}${ratio(value)}`
  return [
    `${isLimit ? 'limit: ' : ''}${row.name}`,
    count(row.operationsPerSecond),
    noise(row.spread, row.operationsPerSecond),
    isLimit ? '' : tied(row.tiesWithLimit, row.ratioToLimit),
    ...references.map((name) => {
      const value = row.ratios[name]
      return value === undefined ? '' : tied(row.tiesWith.includes(name), value)
    }),
  ]
}
