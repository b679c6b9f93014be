import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { runConformance } from '../src/index.ts'
import target from './fixtures/hangs-elsewhere.conformance.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'another-process-'))
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(directory, { recursive: true })
})

test('another process has the time of its case, and ends with it', async () => {
  const pids = join(directory, 'pids')
  vi.stubEnv('HANGING_PIDS', pids)
  const { cases } = await runConformance(target, {
    case: 'persistent/read-by-another-process',
    timeoutMs: 5000,
  })
  expect(cases.map(({ verdict }) => verdict)).toEqual(['timeout'])
  const hanging = readFileSync(pids, 'utf8').trim().split('\n').map(Number)
  expect(hanging).toHaveLength(1)
  await vi.waitFor(() => expect(() => process.kill(hanging[0]!, 0)).toThrow('ESRCH'), 5000)
})
