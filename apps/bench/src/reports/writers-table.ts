import { count, digits, microseconds, noise, plainTable, ratio } from './format.ts'
import type { LimitRow, Row } from './report.ts'

const COLUMNS = [
  { title: '', width: 35 },
  { title: 'puts/s', width: 8, right: true },
  { title: 'spread', width: 8, right: true },
  { title: '  of its limit', width: 25 },
  { title: 'of one writer', width: 14, right: true },
  { title: 'p50 µs', width: 9, right: true },
  { title: 'p99 µs', width: 9, right: true },
  { title: 'loop ms', width: 8, right: true },
]

/** Many writers at once, fastest first, each held against one writer and against its limit. 116 columns. */
export function writersTable(title: string, rows: readonly Row[], limits: readonly LimitRow[]): string {
  const section = { title, rows: [...rows.map(writersCells), ...limits.map(limitCells)] }
  return [plainTable(COLUMNS, [section]), LEGEND].join('\n')
}

function writersCells(row: Row): string[] {
  const { store, callers, workload, ratioToOneCaller, eventLoopDelayMs } = row
  const name = callers === 1 ? `${store}, one writer` : workload.slice(workload.indexOf(', ') + 2)
  const ofOne = ratioToOneCaller === undefined ? '' : `${digits(ratioToOneCaller)} ×`
  const delay = eventLoopDelayMs === undefined ? '' : digits(eventLoopDelayMs)
  const toLimit = ` ${row.tiesWithLimit ? '≈' : ' '}${ratio(row.ratioToLimit)} ${row.limit}`
  return [name, ...measuredCells(row, toLimit, ofOne), delay]
}

function limitCells(row: LimitRow): string[] {
  return [`limit: ${row.limit}`, ...measuredCells(row, '', ''), '']
}

function measuredCells(row: Row | LimitRow, toLimit: string, ofOne: string): string[] {
  const { operationsPerSecond, spread, latencyMs } = row
  const speed = [count(operationsPerSecond), noise(spread, operationsPerSecond)]
  return [...speed, toLimit, ofOne, microseconds(latencyMs.p50), microseconds(latencyMs.p99)]
}

const LEGEND = [
  'SQL transaction: as many puts as there are writers in one transaction, written out by hand; its latency is that of the',
  'transaction. Latency of many writers: as each sees it, who goes on when it is answered. Loop: how late a timer of that',
  'process was, 99 of 100 times, at most.',
].join('\n')
