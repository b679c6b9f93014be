#!/usr/bin/env node
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Report, summarize } from '../run.ts'
import { type Arguments, parseArguments, USAGE } from './arguments.ts'
import { comparisonText } from './comparison-text.ts'
import { initialize } from './init.ts'
import { listText } from './list.ts'
import { Progress } from './progress.ts'
import { serve } from './worker.ts'
import { compareInWorker, runInWorkers, type WorkersOptions } from './workers.ts'

const PASSED = 0
const FAILED = 1
const CANNOT_RUN = 2

/** Cases that try something else with another seed. */
const RANDOM_TOPICS = ['corruption', 'crash', 'faults', 'concurrency', 'model', 'linearizability', 'cache']

/** Does what the arguments say; what the process exits with. */
async function main(args: readonly string[]): Promise<number> {
  const chosen = await parseArguments(args)
  switch (chosen.do) {
    case 'help':
      await print(USAGE)
      return PASSED
    case 'list':
      await print(listText(chosen.cases))
      return PASSED
    case 'init':
      await print(await initialize(chosen.directory))
      return PASSED
    case 'against':
      return await compare(chosen)
    case 'run':
      return await run(chosen)
  }
}

async function run(chosen: Extract<Arguments, { do: 'run' }>): Promise<number> {
  const progress = new Progress(process.stderr)
  const options: WorkersOptions = {
    ...chosen.workers,
    program: fileURLToPath(import.meta.url),
    onResult: (result, done, all) => progress.show(result, done, all),
  }
  let report = await runInWorkers(chosen.cases, chosen.seed, options)
  if (chosen.thoroughMs > 0) report = await goOn(report, chosen, options)
  progress.clear()
  const hasColors = chosen.out === undefined && process.stdout.isTTY && process.stdout.hasColors()
  await give(chosen.format(report, { hasColors }), chosen.out)
  const { failed, errors, timeouts } = report.summary
  return failed + errors + timeouts > 0 ? FAILED : PASSED
}

/** The cases that depend on the seed, with one seed after the other until the time is over or one has failed. */
async function goOn(
  report: Report,
  { cases, seed, thoroughMs }: Extract<Arguments, { do: 'run' }>,
  options: WorkersOptions,
): Promise<Report> {
  const endMs = performance.now() + thoroughMs
  let results = report.cases
  for (let next = seed + 1; performance.now() < endMs; next++) {
    const passed = new Set(results.filter(({ verdict }) => verdict === 'pass').map(({ id }) => id))
    const random = cases.filter(({ topic, id }) => RANDOM_TOPICS.includes(topic) && passed.has(id))
    if (random.length === 0) break
    const again = await runInWorkers(random, next, options)
    const worse = new Map(
      again.cases.filter(({ verdict }) => verdict !== 'pass').map((each) => [each.id, each]),
    )
    results = results.map((result) => worse.get(result.id) ?? result)
  }
  return { ...report, cases: results, summary: summarize(results) }
}

async function compare(chosen: Extract<Arguments, { do: 'against' }>): Promise<number> {
  const options = { ...chosen.workers, program: fileURLToPath(import.meta.url) }
  const comparison = await compareInWorker(chosen.other, chosen.seed, RUNS, options)
  await give(
    chosen.isJson ? `${JSON.stringify(comparison, null, 2)}\n` : comparisonText(comparison),
    chosen.out,
  )
  return comparison.difference === undefined ? PASSED : FAILED
}

/** Histories that two targets are compared by. */
const RUNS = 100

async function give(text: string, out: string | undefined): Promise<void> {
  if (out === undefined) await print(text)
  else await writeFile(out, text)
}

function print(text: string): Promise<void> {
  return new Promise((resolve) => process.stdout.write(text, () => resolve()))
}

function complain(message: string): Promise<void> {
  const line = `wt-conformance: ${message.replaceAll(/\s*\n\s*/g, ' ')}\n`
  return new Promise((resolve) => process.stderr.write(line, () => resolve()))
}

if (process.argv[2] === '--worker' && process.send !== undefined) {
  serve()
} else {
  let code: number
  try {
    code = await main(process.argv.slice(2))
  } catch (error) {
    // Wrong arguments, or a target that cannot be run: one line for the person who typed it.
    await complain(error instanceof Error ? error.message : String(error))
    code = CANNOT_RUN
  }
  process.exit(code)
}
