import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Case, type CaseResult, type Verdict, whySkipped } from './case.ts'
import { type RunningCase, startCase } from './case-context.ts'
import { cases as allCases } from './cases/index.ts'
import { display } from './history.ts'
import { BrokenPromise, CannotRun, Skipped } from './outcomes.ts'
import { seedFor } from './random.ts'
import { assertTarget, type Capabilities, type Target } from './target.ts'

export interface RunOptions {
  /** Only the cases of these topics. Default: all. */
  readonly topic?: string | readonly string[]
  /** Only the cases of these ids. Default: all. */
  readonly case?: string | readonly string[]
  /** Drives all randomness: the same seed, the same calls. An integer; default 1. */
  readonly seed?: number
  /** So many cases at once, in this process. Default 1. */
  readonly jobs?: number
  /** How long a case may take. Default 30,000. A store that blocks the thread cannot be interrupted. */
  readonly timeoutMs?: number
  /** Told of each result as it comes. */
  readonly onResult?: (result: CaseResult) => void
  /** Other cases than the ones of this package. */
  readonly cases?: readonly Case[]
}

export interface Summary {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly errors: number
  readonly timeouts: number
}

export interface Report {
  readonly target: string
  readonly capabilities: Capabilities
  readonly seed: number
  readonly summary: Summary
  /** In the order of the cases, however they ran. */
  readonly cases: CaseResult[]
}

export const DEFAULT_SEED = 1
export const DEFAULT_TIMEOUT_MS = 30_000

/**
 * Runs the cases on a target and reports on every one, skipped ones included. Rejects only with a `TypeError` or
 * `RangeError` for a malformed target or option: whatever the store does ends up in the report.
 */
export async function runConformance(target: Target, options: RunOptions = {}): Promise<Report> {
  assertTarget(target)
  const { seed = DEFAULT_SEED, jobs = 1, timeoutMs = DEFAULT_TIMEOUT_MS, onResult } = options
  if (!Number.isSafeInteger(seed)) throw new RangeError(`seed is an integer, not ${String(seed)}`)
  if (!(Number.isSafeInteger(jobs) && jobs > 0)) {
    throw new RangeError(`jobs is a positive integer, not ${String(jobs)}`)
  }
  if (!(timeoutMs > 0)) throw new RangeError(`timeoutMs is a positive number, not ${String(timeoutMs)}`)
  const chosen = chooseCases(options)
  const results = new Array<CaseResult>(chosen.length)
  let next = 0
  async function work(): Promise<void> {
    while (next < chosen.length) {
      const index = next++
      const result = await runCase(chosen[index]!, target, { seed, timeoutMs })
      results[index] = result
      onResult?.(result)
    }
  }
  await Promise.all(Array.from({ length: Math.min(jobs, chosen.length) }, work))
  return {
    target: target.name,
    capabilities: target.capabilities,
    seed,
    summary: summarize(results),
    cases: results,
  }
}

/** The cases that the options name. A name that is none is a `RangeError`, so that a typo does not pass as a success. */
export function chooseCases(options: Pick<RunOptions, 'topic' | 'case' | 'cases'>): readonly Case[] {
  const { cases = allCases } = options
  const topics = listed(options.topic)
  const ids = listed(options.case)
  const known = new Set(cases.map(({ topic }) => topic))
  for (const topic of topics) {
    if (!known.has(topic)) throw new RangeError(`no topic ${topic}; there are ${[...known].join(', ')}`)
  }
  for (const id of ids) {
    if (!cases.some((candidate) => candidate.id === id)) throw new RangeError(`no case ${id}`)
  }
  return cases.filter(
    ({ topic, id }) =>
      (topics.length === 0 || topics.includes(topic)) && (ids.length === 0 || ids.includes(id)),
  )
}

/** Runs one case in a directory of its own; gives its verdict and never rejects. */
export async function runCase(
  subject: Case,
  target: Target,
  options: { readonly seed: number; readonly timeoutMs: number },
): Promise<CaseResult> {
  const { id, topic, title } = subject
  const startedMs = performance.now()
  const [verdict, message] = await judge(subject, target, options)
  const durationMs = Math.round((performance.now() - startedMs) * 1000) / 1000
  return { id, topic, title, verdict, durationMs, ...(message === undefined ? {} : { message }) }
}

type Judgement = readonly [verdict: Verdict, message?: string]

async function judge(
  subject: Case,
  target: Target,
  { seed, timeoutMs }: { readonly seed: number; readonly timeoutMs: number },
): Promise<Judgement> {
  const reason = whySkipped(subject, target)
  if (reason !== undefined) return ['skip', reason]
  let running: RunningCase
  try {
    running = await startCase(target, { seed: seedFor(seed, subject.id), timeoutMs })
  } catch (error) {
    // No directory for the case: the machine's fault, which is no verdict on the store.
    return ['error', display(error)]
  }
  let judgement: Judgement
  try {
    await withTimeout(async () => subject.run(running.context), timeoutMs)
    judgement = ['pass']
  } catch (error) {
    // Whatever a case throws is its verdict.
    judgement = verdictOf(error, running, subject, seed)
  }
  try {
    await withTimeout(() => running.dispose(), timeoutMs)
  } catch (error) {
    // A directory that cannot be removed: told, unless there is worse to tell.
    if (judgement[0] === 'pass') judgement = ['error', `cleaning up after the case: ${display(error)}`]
  }
  return judgement
}

function verdictOf(error: unknown, running: RunningCase, subject: Case, seed: number): Judgement {
  if (error instanceof Skipped) return ['skip', error.message]
  const { history, context } = running
  const replay = replayOf(context.target, subject, seed)
  const details = [
    `promised: ${subject.title}`,
    ...(subject.why === undefined ? [] : [`why it matters: ${subject.why}`]),
    ...(history.lines.length > 0 ? ['history:', ...history.lines.map((line) => `  ${line}`)] : []),
    replay,
  ]
  if (error instanceof TimedOut) return ['timeout', [error.message, ...details].join('\n')]
  if (error instanceof CannotRun) return ['error', [error.message, replay].join('\n')]
  // What a case of this package did not expect is the store's, thrown where an answer was owed; see the history.
  const what = error instanceof BrokenPromise ? error.message : `unexpected ${display(error)}`
  return ['fail', [what, ...details].join('\n')]
}

function replayOf(target: Target, subject: Case, seed: number): string {
  if (!target.module?.startsWith('file:')) {
    return `replay: runConformance(target, { case: '${subject.id}', seed: ${seed} })`
  }
  const path = relative(process.cwd(), fileURLToPath(target.module))
  const argument = path.startsWith('.') ? path : `./${path}`
  const quoted = /[^\w./-]/.test(argument) ? `'${argument}'` : argument
  return `replay: wt-conformance ${quoted} --case ${subject.id} --seed ${seed}`
}

class TimedOut extends Error {}

async function withTimeout(work: () => Promise<void>, timeoutMs: number): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TimedOut(`no answer within ${timeoutMs} ms`)), timeoutMs)
  })
  try {
    await Promise.race([work(), expired])
  } finally {
    clearTimeout(timer)
  }
}

/** How many cases ended in each verdict. */
export function summarize(results: readonly CaseResult[]): Summary {
  const count = (verdict: Verdict) => results.filter((result) => result.verdict === verdict).length
  return {
    passed: count('pass'),
    failed: count('fail'),
    skipped: count('skip'),
    errors: count('error'),
    timeouts: count('timeout'),
  }
}

function listed(names: string | readonly string[] | undefined): readonly string[] {
  return names === undefined ? [] : typeof names === 'string' ? [names] : names
}
