import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Command } from 'commander'
import { describeEnvironment, environmentLines } from '../reports/environment.ts'
import { type ScaleRow, type ScaleStore, scaleTable } from '../scale/scale-row.ts'
import * as parse from './arguments.ts'

const STORES: readonly ScaleStore[] = ['fs', 'sqlite']
const SMALL = 10_000

interface Options {
  readonly entries: number
  readonly store: ScaleStore[]
  readonly dir: string
  readonly json?: true
}

export function scaleCommand(): Command {
  return new Command('scale')
    .description("fill stores with many entries, durability 'process', and compare with ten thousand")
    .option('--entries <n>', 'how many', parse.positiveInteger, 1_000_000)
    .option('--store <names>', `which of ${STORES.join(', ')}`, parse.listOf(STORES), [...STORES])
    .option('--dir <directory>', 'where to put the stores', parse.typedPath, tmpdir())
    .option('--json', 'print JSON and nothing else')
    .action(run)
}

function run({ entries, store, dir, json }: Options): void {
  const counts = [...new Set([Math.min(SMALL, entries), entries])]
  const environment = describeEnvironment(dir)
  const rows = store.flatMap((name) => counts.map((count) => measured(name, count, dir)))
  const report = { environment, load: loadavg()[0], rows }
  const text = `${environmentLines(environment)}\nload of the machine at the end: ${report.load}\n\n${scaleTable(rows)}`
  process.stdout.write(`${json ? JSON.stringify(report, null, 2) : text}\n`)
}

function measured(name: ScaleStore, entries: number, dir: string): ScaleRow {
  const directory = mkdtempSync(join(dir, 'bench-scale-'))
  try {
    const program = fileURLToPath(new URL('../scale/scale-child.ts', import.meta.url))
    const node = ['--conditions=@wt/source', '--no-warnings', program]
    const output = execFileSync(process.execPath, [...node, name, String(entries), directory], {
      encoding: 'utf8',
    })
    return JSON.parse(output) as ScaleRow
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
