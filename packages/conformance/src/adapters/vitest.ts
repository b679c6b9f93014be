import { describe, test } from 'vitest'
import { whySkipped } from '../case.ts'
import { chooseCases, DEFAULT_SEED, DEFAULT_TIMEOUT_MS, type RunOptions, runCase } from '../run.ts'
import { assertTarget, type Target } from '../target.ts'

export type TestOptions = Pick<RunOptions, 'topic' | 'case' | 'seed' | 'timeoutMs' | 'cases'>

/** More than the case's own limit, for opening, closing and cleaning up. */
const EXTRA_MS = 10_000

/**
 * Registers every case as a vitest test of its own, under the target's name. A case that the target's claims leave out
 * is shown as skipped, with the reason in its name. A malformed target is a `TypeError` at once.
 */
export function testConformance(target: Target, options: TestOptions = {}): void {
  assertTarget(target)
  const { seed = DEFAULT_SEED, timeoutMs = DEFAULT_TIMEOUT_MS } = options
  const chosen = chooseCases(options)
  describe(target.name, () => {
    for (const subject of chosen) {
      const name = `${subject.id}: ${subject.title}`
      const reason = whySkipped(subject, target)
      if (reason !== undefined) {
        test.skip(`${name} (skipped: ${reason})`)
        continue
      }
      test(name, { timeout: 2 * timeoutMs + EXTRA_MS }, async (context) => {
        const { verdict, message } = await runCase(subject, target, { seed, timeoutMs })
        if (verdict === 'skip') context.skip(message)
        if (verdict !== 'pass') throw new Error(`${verdict}: ${message} (seed ${seed})`)
      })
    }
  })
}
