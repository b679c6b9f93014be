import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { Report } from '../src/reports/report.ts'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const hasRedisServer = spawnSync('redis-server', ['--version']).status === 0

function bench(...parameters: string[]) {
  const command = ['--conditions=@wt/source', MAIN, 'stores', '--store', 'redis', ...parameters]
  return spawnSync(process.execPath, command, { encoding: 'utf8' })
}

test.skipIf(!hasRedisServer)(
  '--store redis opens servers of its own, and holds each row against the bare client',
  () => {
    const { stdout, stderr, status } = bench(
      '--json',
      '--rounds',
      '1',
      '--operations',
      '64',
      '--entries',
      '100',
    )
    expect(status, stderr).toBe(0)
    const { rows, limits } = JSON.parse(stdout) as Report
    expect(rows.length).toBe(9)
    expect(new Set(rows.map(({ store }) => store))).toEqual(new Set(['redis']))
    expect(rows.map(({ durability }) => durability).filter((each) => each === 'power').length).toBe(2)
    expect(new Set(limits.map(({ limit }) => limit))).toEqual(
      new Set(['async Map.get', 'client.get', 'client.set']),
    )
    for (const { ratioToLimit } of rows) expect(ratioToLimit).toBeGreaterThan(0)
  },
)

test('without a redis-server it says how to get one', () => {
  const command = ['--conditions=@wt/source', MAIN, 'stores', '--store', 'redis']
  const { status, stderr } = spawnSync(process.execPath, command, {
    encoding: 'utf8',
    env: { PATH: '/nowhere' },
  })
  expect(status).toBe(2)
  expect(stderr).toMatch(/redis-server is not on the PATH; apt-get install redis-server/)
})
