/**
 * Runs the conformance suite over correct stores of different make, with one seed after the other: what fails is a false alarm of
 * the suite, or a fault of a store that is to be found. `pnpm false-alarms --seeds 100 --jobs 2`. Ours run from their sources;
 * the others are those of scripts/packed/stores, on engines that are installed from the registry into a directory of its own.
 * Seed 1 runs all cases; the others those of the topics that draw their calls from the seed.
 *
 * All stores advance side by side, a few seeds at a time. `--keep FILE` writes down each seed as it is done, so that the same
 * command goes on where it was stopped; `--only NAME`, which may be repeated, runs the stores whose files are called so.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { type Report, runConformance, type Target } from '../packages/conformance/src/index.ts'
import { correctStores, storeOf } from './lib/correct-stores.ts'

/** The topics whose cases make other calls with another seed. */
const SEEDED = ['corruption', 'crash', 'faults', 'concurrency', 'model', 'linearizability', 'cache']
/** The machine may be busy: a case that takes longer hangs. */
const CASE_TIMEOUT_MS = 300_000
/** So many seeds a store is given before the others have their turn. */
const SEEDS_AT_A_TIME = 5

/** What a child tells of one seed. */
interface Told {
  /** The name of its file. */
  readonly store: string
  readonly name: string
  readonly seed: number
  readonly passed: number
  readonly skipped: number
  readonly durationMs: number
  readonly alarms: readonly string[]
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: 'string', default: '3' },
    first: { type: 'string', default: '1' },
    jobs: { type: 'string', default: '1' },
    keep: { type: 'string' },
    only: { type: 'string', multiple: true },
    child: { type: 'string' },
  },
})
const [first, seeds, jobs] = [values.first, values.seeds, values.jobs].map(positive) as [
  number,
  number,
  number,
]
if (values.child === undefined) await main()
else await runStore(values.child, positionals.map(positive))

async function main(): Promise<void> {
  const project = mkdtempSync(join(tmpdir(), 'false-alarms-'))
  const told: Told[] = values.keep === undefined ? [] : kept(values.keep)
  const tell = (one: Told) => {
    told.push(one)
    for (const alarm of one.alarms) console.error(`${one.name}, seed ${one.seed}: ${alarm}`)
    if (values.keep !== undefined) appendFileSync(values.keep, `${JSON.stringify(one)}\n`)
  }
  try {
    const paths = correctStores(project).filter((path) => values.only?.includes(storeOf(path)) ?? true)
    await runAll(new Set(paths), told, tell)
  } finally {
    rmSync(project, { recursive: true, force: true })
  }
  const alarms = table(told)
  console.log(`\nSeeds ${first} to ${first + seeds - 1}: ${alarms} false alarms`)
  if (alarms > 0) process.exitCode = 1
}

/** Gives the store that has had the fewest seeds its next ones, until all have had theirs or the user stops it. */
async function runAll(waiting: Set<string>, told: readonly Told[], tell: (one: Told) => void): Promise<void> {
  const running = new Set<ChildProcess>()
  let isStopped = false
  process.once('SIGINT', () => {
    isStopped = true
    // Each ends when its seed is done.
    for (const child of running) child.disconnect()
  })
  const doneOf = (path: string) => told.filter(({ store }) => store === storeOf(path)).map(({ seed }) => seed)
  const work = async () => {
    while (!isStopped) {
      const path = [...waiting].sort((one, other) => doneOf(one).length - doneOf(other).length)[0]
      if (path === undefined) return
      waiting.delete(path)
      const left = Array.from({ length: seeds }, (_, index) => first + index).filter(
        (seed) => !doneOf(path).includes(seed),
      )
      if (left.length === 0) continue
      const didWell = await inChild(path, left.slice(0, SEEDS_AT_A_TIME), tell, running)
      if (didWell) waiting.add(path)
    }
  }
  await Promise.all(Array.from({ length: jobs }, work))
}

/** Prints a row for each store; how many alarms there were. */
function table(told: readonly Told[]): number {
  console.log('| store | seeds | cases passed | skipped of seed 1 | false alarms | seconds a seed |')
  console.log('|---|---|---|---|---|---|')
  let sum = 0
  for (const [store, of] of Map.groupBy(told, ({ store }) => store)) {
    const total = (count: (each: Told) => number) => of.reduce((sum, each) => sum + count(each), 0)
    const alarms = total((each) => each.alarms.length)
    const name = of.find(({ name }) => name !== store)?.name ?? store
    const later = of.filter(({ seed }) => seed !== 1)
    const seconds = later.reduce((sum, { durationMs }) => sum + durationMs, 0) / later.length / 1000
    const skipped = of.find(({ seed }) => seed === 1)?.skipped ?? '–'
    const cells = [name, of.length, total(({ passed }) => passed), skipped, alarms, seconds.toFixed(1)]
    console.log(`| ${cells.join(' | ')} |`)
    sum += alarms
  }
  return sum
}

function kept(path: string): Told[] {
  if (!existsSync(path)) return []
  const lines = readFileSync(path, 'utf8').split('\n')
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Told)
}

/** Runs seeds of one store in a process of its own; false when that ended before they were done. */
function inChild(
  path: string,
  which: readonly number[],
  tell: (one: Told) => void,
  running: Set<ChildProcess>,
): Promise<boolean> {
  const options = ['--child', path, ...which.map(String)]
  const child = spawn(
    process.execPath,
    ['--conditions=@wt/source', fileURLToPath(import.meta.url), ...options],
    { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], detached: true },
  )
  running.add(child)
  let done = 0
  child.on('message', (message) => {
    done++
    tell(message as Told)
  })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code, signal) => {
      running.delete(child)
      const seed = which[done]
      if (code !== 0 && seed !== undefined) {
        const name = storeOf(path)
        const nothing = { passed: 0, skipped: 0, durationMs: 0 }
        tell({ store: name, name, seed, ...nothing, alarms: [`ended by ${signal ?? code}`] })
      }
      resolve(code === 0)
    })
  })
}

async function runStore(path: string, which: readonly number[]): Promise<void> {
  const { default: found } = (await import(pathToFileURL(path).href)) as { default: Target }
  const target: Target = { module: pathToFileURL(path).href, ...found }
  for (const seed of which) {
    // The parent wants no more, or is gone.
    if (!process.connected) break
    const startMs = performance.now()
    const topic = seed === 1 ? [] : SEEDED
    const report = await runConformance(target, { seed, topic, timeoutMs: CASE_TIMEOUT_MS, jobs: 4 })
    const told = toldOf(storeOf(path), report, Math.round(performance.now() - startMs))
    if (process.connected) await new Promise((resolve) => process.send?.(told, resolve))
  }
  process.exit()
}

function toldOf(store: string, { target, seed, summary, cases }: Report, durationMs: number): Told {
  const broken = cases.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'skip')
  return {
    ...{ store, name: target, seed, passed: summary.passed, skipped: summary.skipped, durationMs },
    alarms: broken.map(({ id, verdict, message }) => `${id} ${verdict}\n${message}`),
  }
}

function positive(text: string): number {
  const value = Number(text)
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new RangeError(`a positive integer is wanted, not ${text}`)
}
