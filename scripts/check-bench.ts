/** Runs the bench as a script would, `--quick --json`, and checks that stdout is the JSON it promises and nothing else. */
import { deepStrictEqual, ok } from 'node:assert/strict'
import { join } from 'node:path'
import { run } from './lib/run.ts'
import { root } from './lib/workspace.ts'

interface Row {
  readonly store: string
  readonly durability: string
  readonly workload: string
  readonly operationsPerSecond: number
  readonly ratioToLimit: number
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly p999: number }
}

const main = join(root, 'apps', 'bench', 'src', 'main.ts')
const stdout = run(process.execPath, ['--conditions=@wt/source', main, '--quick', '--json'], { cwd: root })
const result = JSON.parse(stdout) as { environment: object; limits: object; rows: Row[] }

deepStrictEqual(Object.keys(result).sort(), ['environment', 'limits', 'rows'])
ok(Object.keys(result.environment).length > 0, 'environment says nothing')
ok(Object.keys(result.limits).length > 0, 'limits says nothing')
ok(result.rows.length > 0, 'there is no row')
for (const row of result.rows) {
  const text = JSON.stringify(row)
  for (const member of ['store', 'durability', 'workload'] as const) {
    ok(typeof row[member] === 'string' && row[member] !== '', `${member} is no text in ${text}`)
  }
  ok(row.operationsPerSecond > 0, `operationsPerSecond is no speed in ${text}`)
  ok(row.ratioToLimit > 0, `ratioToLimit is no ratio in ${text}`)
  const { p50, p99, p999 } = row.latencyMs
  ok(p50 >= 0 && p50 <= p99 && p99 <= p999, `latencyMs does not rise in ${text}`)
}
console.log(`bench --quick --json: ${result.rows.length} rows`)
