import { environmentLines } from './environment.ts'
import { count, microseconds, noise, percent, plainTable, ratio } from './format.ts'
import type { LimitRow, Report, Row } from './report.ts'
import { writersTable } from './writers-table.ts'

const COLUMNS = [
  { title: '', width: 33 },
  { title: 'durability', width: 12 },
  { title: 'ops/s', width: 8, right: true },
  { title: 'spread', width: 8, right: true },
  { title: '  of its limit', width: 26 },
  { title: 'p50 µs', width: 9, right: true },
  { title: 'p99 µs', width: 10, right: true },
  { title: 'p99.9 µs', width: 10, right: true },
]
const FEWEST_SAMPLES = 1000
const OF_CALLERS =
  'Latency of redis: as each caller sees it, who goes on when it is answered. Its servers are on this machine.'

/** The report as a person reads it: what was measured side by side, fastest first, its limits below. 116 columns. */
export function storesTable({ environment, limits, rows }: Report, rounds: number): string {
  const titlesOf = (some: readonly Row[]): string[] => [...new Set(some.map(({ comparison }) => comparison))]
  const hereIn = <T extends Row | LimitRow>(title: string, some: readonly T[]): T[] =>
    some.filter(({ comparison }) => comparison === title)
  const sections = titlesOf(rows.filter(({ callers }) => callers === undefined)).map((title) => ({
    title,
    rows: [...hereIn(title, rows).map(storeCells), ...hereIn(title, limits).map(limitCells)],
  }))
  const ofWriters = titlesOf(rows.filter(({ callers }) => callers !== undefined)).map((title) =>
    writersTable(title, hereIn(title, rows), hereIn(title, limits)),
  )
  const table = plainTable(COLUMNS, sections)
  const ofCallers = rows.some(({ store }) => store === 'redis')
    ? `${legend(rounds)}\n${OF_CALLERS}`
    : legend(rounds)
  return [environmentLines(environment), table, ofCallers, ...ofWriters].join('\n\n')
}

function storeCells(row: Row): string[] {
  const { rank, rankIsShared, store, hitRatio, workload } = row
  const cached = workload === 'put through a cache' ? ', through a cache' : ''
  const hits = hitRatio === undefined ? '' : `, ${percent(hitRatio)} hits`
  const toLimit = `${row.tiesWithLimit ? '≈' : ' '}${ratio(row.ratioToLimit)} ${row.limit}`
  return [`${rank}${rankIsShared ? '=' : '.'} ${store}${cached}${hits}`, ...measuredCells(row, ` ${toLimit}`)]
}

function limitCells(row: LimitRow): string[] {
  return [`limit: ${row.limit}`, ...measuredCells(row, '')]
}

function measuredCells(row: Row | LimitRow, toLimit: string): string[] {
  const { durability, operationsPerSecond, spread, latencyMs, samples } = row
  return [
    durability,
    ...[count(operationsPerSecond), noise(spread, operationsPerSecond), toLimit],
    ...[microseconds(latencyMs.p50), microseconds(latencyMs.p99)],
    samples < FEWEST_SAMPLES ? '–' : microseconds(latencyMs.p999),
  ]
}

function legend(rounds: number): string {
  return [
    `Medians of ${rounds} interleaved rounds, each contender in its own process. Spread: half the distance between the`,
    'quartiles; "1= 1=" and "≈" are ties, a difference within the noise. Of its limit: 1.00 is as fast as the same work,',
    'in the same run, with nothing around it. Latency: of callers who come at half that pace (at most 100,000 a second),',
    `their waiting included; "–": fewer than ${FEWEST_SAMPLES.toLocaleString('en')} operations.`,
  ].join('\n')
}
