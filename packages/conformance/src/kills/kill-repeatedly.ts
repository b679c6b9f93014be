import { BrokenPromise, CannotRun } from '../outcomes.ts'
import { randomFrom } from '../random.ts'
import { callsOf, randomSteps, type Step, type WriteStep } from '../simfs/steps.ts'
import { changesOf } from '../simfs/run-steps.ts'
import type { Outcome, Write } from '../simfs/writes.ts'
import { valuesOf } from '../values.ts'
import { checkSurvivor, type Survivor } from './check-survivor.ts'
import { KillFailure, type KillReport, type KillTest } from './kill-test.ts'
import { type Moment, Worker } from './worker.ts'

/**
 * Has a process write to a store by a seeded plan, kills it by SIGKILL at a random moment, checks what is left, and goes on
 * with the next process on what was found, `kills` times. Throws `KillFailure` when the store lost, tore or brought back
 * anything, or when a call failed.
 */
export async function killRepeatedly(test: KillTest): Promise<KillReport> {
  const { target, kills, seed = 1, keys = KILL_KEYS } = test
  const { module } = target
  if (module === undefined) throw new CannotRun(`${target.name} does not name its module`)
  const random = randomFrom(seed)
  let report: KillReport = { seed, kills: 0, acknowledged: 0, duringWrites: 0, duringOpening: 0, crashes: 0 }
  let held: ReadonlyMap<string, unknown> = new Map(keys.map((key) => [key, undefined]))
  let next = new Worker(module)
  try {
    while (report.kills < kills) {
      const worker = next
      // The next one loads while this one writes.
      next = new Worker(module)
      const steps = stepsFor(test, keys, report.kills, random)
      const log = await worker.killAt({ location: test.location, steps }, momentFrom(test, random))
      report = { ...report, kills: report.kills + 1 }
      try {
        const { survivor, ...counts } = readLog(log, steps, held, worker)
        held = await checkSurvivor(test, keys, survivor)
        report = add(report, counts)
      } catch (error) {
        // The store's fault is told with what led to it, any other as it is.
        const moment = `as number ${report.kills} (seed ${seed}, which brings the calls back, and the moment nearly)`
        throw error instanceof BrokenPromise ? new KillFailure(moment, log, error) : error
      }
    }
  } finally {
    await next.dismiss()
  }
  return report
}

/** In the name and hashed, in one directory and in several. */
export const KILL_KEYS: readonly string[] = ['a', 'b', 'Ü/c', '', 'key-q', 'long '.repeat(60)]
const STEPS = 120
const MOST_DONE = 24
const MOST_OPENINGS = 4

type Counts = Pick<KillReport, 'acknowledged' | 'duringWrites' | 'duringOpening' | 'crashes'>

function add(report: KillReport, counts: Counts): KillReport {
  return {
    ...report,
    acknowledged: report.acknowledged + counts.acknowledged,
    duringWrites: report.duringWrites + counts.duringWrites,
    duringOpening: report.duringOpening + counts.duringOpening,
    crashes: report.crashes + counts.crashes,
  }
}

/** One in eight comes while the store is opened, which is where it recovers from the kill before. */
function momentFrom({ moments }: KillTest, random: () => number): Moment {
  const share = random()
  // The plan opens the store again now and then, so that some of these come after writes.
  if (moments === 'opening' || random() < 1 / 8) {
    return { word: 'opening', count: Math.floor(random() * MOST_OPENINGS), share }
  }
  return { word: 'done', count: Math.floor(random() * MOST_DONE), share }
}

/** The steps of one generation. No value comes twice in all of them; some are longer than a page, or than 64 KiB. */
function stepsFor(test: KillTest, keys: readonly string[], generation: number, random: () => number): Step[] {
  const { target, calls = 'all', together = target.capabilities.sync ? 1 : 4 } = test
  const { marked } = valuesOf(target.values)
  const longer = () => (random() < 0.15 ? 1 + Math.floor(random() * 100) : 1)
  const newValue = (text: string) => marked(`generation ${generation} ${text}`.repeat(longer()))
  const withValue = (call: WriteStep<string>): WriteStep => {
    if (call.do === 'store') return { ...call, value: newValue(call.value) }
    if (call.do !== 'storeMany') return call
    return { ...call, entries: call.entries.map(([key, text]) => [key, newValue(text)] as const) }
  }
  const batches = calls !== 'single' && Boolean(target.capabilities.batch)
  const seed = Math.floor(random() * 2 ** 31)
  return randomSteps(seed, { keys, batches, together, count: STEPS }).flatMap((step): Step[] => {
    if (step.do === 'reopen') return [step]
    const kept = callsOf(step).filter((call) => calls !== 'batches' || call.do.endsWith('Many'))
    return kept.length === 0 ? [] : [{ do: 'together', steps: kept.map(withValue) }]
  })
}

/** What the writes came to, by what the worker said of them. */
function readLog(
  log: readonly string[],
  steps: readonly Step[],
  held: ReadonlyMap<string, unknown>,
  worker: Worker,
): Counts & { survivor: Survivor } {
  if (log.length === 0) throw new CannotRun(`the process did not begin: ${worker.lastWords}`)
  if (worker.endedBy === null) throw new BrokenPromise(`the process ended by itself: ${worker.lastWords}`)
  const failed = log.find((line) => line.startsWith('failed'))
  if (failed !== undefined) throw new BrokenPromise(`a call failed, though nothing was wrong: ${failed}`)
  const calls = steps.flatMap(callsOf)
  const count = (word: string) => log.filter((line) => line.startsWith(word)).length
  const done = new Set(
    log.filter((line) => line.startsWith('done')).map((line) => Number(line.split(' ')[1])),
  )
  const begun = calls.slice(0, count('begun'))
  const unfinished = begun.filter((_, number) => !done.has(number))
  return {
    survivor: { writes: [...writesOf(held, 'acknowledged'), ...begun.flatMap(outcomesOf)], unfinished },
    acknowledged: done.size,
    duringWrites: unfinished.length > 0 ? 1 : 0,
    duringOpening: count('opening') > count('open ') ? 1 : 0,
    crashes: worker.endedBy === 'SIGKILL' ? 0 : 1,
  }

  function outcomesOf(call: WriteStep, number: number): Write<unknown>[] {
    return writesOf(changesOf(call), done.has(number) ? 'acknowledged' : 'unknown')
  }
}

function writesOf(changes: ReadonlyMap<string, unknown>, outcome: Outcome): Write<unknown>[] {
  return Array.from(changes, ([key, value]) => ({ key, value, from: 0, to: 0, outcome }))
}
