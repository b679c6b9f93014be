/**
 * Runs the conformance suite over correct stores of different make, with one seed after the other: what fails is a false alarm of
 * the suite, or a fault of a store that is to be found. `pnpm false-alarms --seeds 100 --jobs 2`. Ours run from their sources;
 * the others are those of scripts/packed/stores, on engines that are installed from the registry into a directory of its own.
 * The first seed runs all cases; the following ones those of the topics that draw their calls from the seed.
 */
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { type Report, runConformance, type Target } from '../packages/conformance/src/index.ts'
import { run, strangersEnvironment } from './lib/run.ts'
import { root } from './lib/workspace.ts'

/** The topics whose cases make other calls with another seed. */
const SEEDED = ['corruption', 'crash', 'faults', 'concurrency', 'model', 'linearizability', 'cache']
const ENGINES = ['keyv@6', 'lmdb@3', 'classic-level@3']
const OURS = [
  ...['store-memory/test/store-memory', 'store-keyv/test/store-keyv'],
  ...['store-sqlite/test/store-sqlite-process', 'store-fs/test/store-fs-process'],
]
/** The machine may be busy: a case that takes longer hangs. */
const CASE_TIMEOUT_MS = 300_000

/** What a child tells of one seed. */
interface Told {
  readonly name: string
  readonly seed: number
  readonly passed: number
  readonly skipped: number
  readonly alarms: readonly string[]
}

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '3' },
    first: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
    child: { type: 'string' },
  },
})
const [first, seeds, jobs] = [values.first, values.seeds, values.jobs].map(positive) as [
  number,
  number,
  number,
]
if (values.child === undefined) await main()
else await runStore(values.child)

async function main(): Promise<void> {
  const began = Date.now()
  const project = mkdtempSync(join(tmpdir(), 'false-alarms-'))
  let alarms = 0
  try {
    const left = [
      ...foreignStores(project),
      ...OURS.map((name) => join(root, 'packages', `${name}.conformance.ts`)),
    ]
    console.log('| store | seeds | cases passed | skipped | false alarms |\n|---|---|---|---|---|')
    const work = async () => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) alarms += await inChild(next)
    }
    await Promise.all(Array.from({ length: jobs }, work))
  } finally {
    rmSync(project, { recursive: true, force: true })
  }
  const minutes = Math.round((Date.now() - began) / 60_000)
  console.log(`\nSeeds ${first} to ${first + seeds - 1}, ${minutes} minutes: ${alarms} false alarms`)
  if (alarms > 0) process.exitCode = 1
}

/** Installs the engines beside copies of the stores; where the copies are. */
function foreignStores(project: string): string[] {
  const stores = join(project, 'stores')
  cpSync(join(root, 'scripts', 'packed', 'stores'), stores, { recursive: true })
  cpSync(join(root, 'scripts', 'packed', 'suite'), project, { recursive: true })
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  run('npm', ['install', '--no-audit', '--no-fund', ...ENGINES], {
    cwd: project,
    env: strangersEnvironment(),
  })
  mkdirSync(join(project, 'node_modules', '@wt'), { recursive: true })
  symlinkSync(join(root, 'packages', 'core'), join(project, 'node_modules', '@wt', 'core'))
  const files = readdirSync(stores).filter((name) => name.endsWith('.conformance.js'))
  return files.map((name) => join(stores, name))
}

/** Runs one store in a process of its own, prints its row, and each alarm; how many there were. */
function inChild(path: string): Promise<number> {
  const options = ['--child', path, '--seeds', String(seeds), '--first', String(first)]
  const child = spawn(
    process.execPath,
    ['--conditions=@wt/source', fileURLToPath(import.meta.url), ...options],
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] },
  )
  const told: Told[] = []
  child.on('message', (message) => void told.push(message as Told))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      const alarms = told.flatMap(({ seed, alarms }) => alarms.map((alarm) => `seed ${seed}: ${alarm}`))
      if (told.length < seeds) alarms.push(`ended by ${signal ?? code} after ${told.length} seeds`)
      const total = (count: (each: Told) => number) => told.reduce((sum, each) => sum + count(each), 0)
      const name = told[0]?.name ?? basename(path)
      const skipped = told[0]?.skipped ?? 0
      console.log(
        `| ${name} | ${told.length} | ${total(({ passed }) => passed)} | ${skipped} | ${alarms.length} |`,
      )
      for (const alarm of alarms) console.error(`${name}, ${alarm}`)
      resolve(alarms.length)
    })
  })
}

async function runStore(path: string): Promise<void> {
  const { default: found } = (await import(pathToFileURL(path).href)) as { default: Target }
  const target: Target = { module: pathToFileURL(path).href, ...found }
  for (let seed = first; seed < first + seeds; seed++) {
    const topic = seed === first ? [] : SEEDED
    const report = await runConformance(target, { seed, topic, timeoutMs: CASE_TIMEOUT_MS, jobs: 4 })
    await new Promise((resolve) => process.send?.(toldOf(report), resolve))
  }
  process.exit()
}

function toldOf({ target, seed, summary, cases }: Report): Told {
  const broken = cases.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'skip')
  return {
    ...{ name: target, seed, passed: summary.passed, skipped: summary.skipped },
    alarms: broken.map(({ id, verdict, message }) => `${id} ${verdict}\n${message}`),
  }
}

function positive(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new RangeError(`a positive integer is wanted, not ${text}`)
}
