import { expect, test } from 'vitest'
import type { LimitRow, Row } from '../../src/reports/report.ts'
import { writersTable } from '../../src/reports/writers-table.ts'

const measured = {
  comparison: 'put by 64 writers',
  durability: 'power' as const,
  ...{ operationsPerSecond: 30_000, samples: 1000, latencyMs: { p50: 1, p99: 2, p999: 3 } },
  spread: { lowerQuartile: 29_000, upperQuartile: 31_000, lowest: 1, highest: 2 },
}
const limit: LimitRow = { ...measured, limit: 'SQL transaction', workload: 'put' }
const row: Row = {
  ...{ ...measured, store: 'sqlite', workload: 'put by 64 writers, groupCommit(SqliteStore)', callers: 64 },
  ...{ limit: 'SQL transaction', ratioToLimit: 0.91, ratioSpread: measured.spread, tiesWithLimit: false },
  ...{ rank: 1, rankIsShared: false, ratioToOneCaller: 25.3, eventLoopDelayMs: 2.5 },
}

test('a row says how many times as fast as one writer it is, of its limit, and how late timers were', () => {
  const table = writersTable('put by 64 writers', [row], [limit])
  expect(table).toMatch(
    /^ {2}groupCommit\(SqliteStore\) +30.0k +±3 % +0.91 SQL transaction +25.3 × +1,000 +2,000 +2.50$/m,
  )
  expect(table).toMatch(/^ {2}limit: SQL transaction +30.0k/m)
  for (const line of table.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
})
