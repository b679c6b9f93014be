import { describe, test } from 'vitest'
import type { Target } from '../target.ts'
import { planTests, type TestOptions } from './planned-test.ts'

export type { TestOptions } from './planned-test.ts'

/**
 * Registers every case as a vitest test of its own, under the target's name. A case that the target's claims leave out
 * is shown as skipped, with the reason in its name. A malformed target is a `TypeError` at once.
 */
export function testConformance(target: Target, options: TestOptions = {}): void {
  const planned = planTests(target, options)
  describe(target.name, () => {
    for (const { name, skipped, timeoutMs, run } of planned) {
      if (skipped !== undefined) test.skip(name)
      else test(name, { timeout: timeoutMs }, (context) => run((reason) => context.skip(reason)))
    }
  })
}
