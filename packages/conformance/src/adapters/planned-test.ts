import { type Case, type CaseResult, whySkipped } from '../case.ts'
import { chooseCases, DEFAULT_SEED, DEFAULT_TIMEOUT_MS, type RunOptions, runCase } from '../run.ts'
import { assertTarget, type Target } from '../target.ts'

export type TestOptions = Pick<RunOptions, 'topic' | 'case' | 'seed' | 'timeoutMs' | 'cases'>

/** A case as a test of some runner. */
export interface PlannedTest {
  readonly name: string
  /** Why the target's claims leave it out. */
  readonly skipped?: string
  /** More than the case's own limit, for opening, closing and cleaning up. */
  readonly timeoutMs: number
  /** Throws when the case did not pass; calls `skip` when it shows only now that it is left out. */
  run(skip: (reason: string) => void): Promise<void>
}

const EXTRA_MS = 10_000

/** The tests for a target. A malformed target is a `TypeError`, an unknown topic or case a `RangeError`. */
export function planTests(target: Target, options: TestOptions): PlannedTest[] {
  assertTarget(target)
  const { seed = DEFAULT_SEED, timeoutMs = DEFAULT_TIMEOUT_MS } = options
  return chooseCases(options).map((subject) => {
    const reason = whySkipped(subject, target)
    const name = `${subject.id}: ${subject.title}`
    return {
      name: reason === undefined ? name : `${name} (skipped: ${reason})`,
      ...(reason === undefined ? {} : { skipped: reason }),
      timeoutMs: 2 * timeoutMs + EXTRA_MS,
      run: (skip) => runOne(subject, target, { seed, timeoutMs }, skip),
    }
  })
}

async function runOne(
  subject: Case,
  target: Target,
  options: { readonly seed: number; readonly timeoutMs: number },
  skip: (reason: string) => void,
): Promise<void> {
  const { verdict, message = '' }: CaseResult = await runCase(subject, target, options)
  if (verdict === 'skip') skip(message)
  else if (verdict !== 'pass') throw new Error(`${verdict}: ${message} (seed ${options.seed})`)
}
