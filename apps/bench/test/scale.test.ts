import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))

test('scale fills each store, counts what is listed, measures bytes and memory, and leaves nothing', {
  timeout: 60_000,
}, () => {
  const directory = mkdtempSync(join(tmpdir(), 'wt-bench-scale-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const parameters = ['scale', '--entries', '300', '--dir', directory, '--json']
  const out = execFileSync(process.execPath, ['--conditions=@wt/source', MAIN, ...parameters], {
    encoding: 'utf8',
  })
  const { rows } = JSON.parse(out) as { rows: Record<string, number | string>[] }
  expect(rows.map(({ store, entries }) => [store, entries])).toEqual([
    ['fs', 300],
    ['sqlite', 300],
  ])
  for (const row of rows) {
    for (const name of ['putUs', 'getUs', 'overwriteUs', 'reopenMs', 'enumerateMs', 'memoryBytes']) {
      expect(row[name], name).toBeGreaterThan(0)
    }
    expect(row.diskBytes).toBeGreaterThan(row.payloadBytes as number)
  }
  expect(readdirSync(directory)).toEqual([])
})
