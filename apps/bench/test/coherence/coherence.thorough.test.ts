import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import type { CoherenceRow } from '../../src/coherence/measure.ts'

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url))
const hasRedisServer = spawnSync('redis-server', ['--version']).status === 0

function bench(parameters: readonly string[], environment = process.env) {
  const command = ['--conditions=@wt/source', MAIN, 'coherence', ...parameters]
  return spawnSync(process.execPath, command, { encoding: 'utf8', env: environment })
}

describe('bench coherence', () => {
  test.skipIf(!hasRedisServer && process.env.CI !== 'true')(
    'shows that others hear of each put where they are told, and never where they are not',
    { timeout: 120_000 },
    () => {
      const small = ['--processes', '1,3', '--seconds', '1', '--keys', '200', '--json']
      const { stdout, stderr, status } = bench(['--cache', 'ours,ours-incoherent', ...small])
      expect(status, stderr).toBe(0)
      const { rows } = JSON.parse(stdout) as { rows: CoherenceRow[] }
      expect(rows.map(({ cache, processes }) => [cache, processes])).toEqual([
        ['ours', 1],
        ['ours-incoherent', 1],
        ['ours', 3],
        ['ours-incoherent', 3],
      ])
      for (const row of rows) {
        expect(row.hitsPerSecond).toBeGreaterThan(row.missesPerSecond)
        expect(row.writesPerSecond).toBeGreaterThan(0)
      }
      const [alone, , told, untold] = rows
      expect(alone).toMatchObject({ toldPerWrite: 0 })
      expect(alone!.stale).toBeUndefined()
      // Each of the two others is told, but of what was on its way when the run ended.
      expect(told!.toldPerWrite).toBeGreaterThan(1)
      expect(told!.stale!.seen).toBeGreaterThan(0)
      expect(untold).toMatchObject({ toldPerWrite: 0, stale: { seen: 0 } })
      expect(untold!.stale!.unseen).toBeGreaterThan(0)
    },
  )

  test('says how to get a redis-server where there is none, and what it takes', () => {
    const { status, stderr } = bench([], { ...process.env, PATH: '' })
    expect(status).toBe(2)
    expect(stderr).toMatch(/redis-server is not on the PATH; apt-get install/)
    expect(bench(['--writes', '200%']).stderr).toMatch(/percentage such as 2%/)
    expect(bench(['--processes', '1,0']).stderr).toMatch(/positive integer/)
  })
})
