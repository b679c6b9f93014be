import { describe, test } from 'node:test'
import type { Target } from '../target.ts'
import { planTests, type TestOptions } from './planned-test.ts'

export type { TestOptions } from './planned-test.ts'

/**
 * Registers every case as a test of `node:test`, under the target's name. A case that the target's claims leave out is
 * skipped, with the reason. A malformed target is a `TypeError` at once.
 */
export function testConformance(target: Target, options: TestOptions = {}): void {
  const planned = planTests(target, options)
  describe(target.name, () => {
    for (const { name, skipped, timeoutMs, run } of planned) {
      test(name, { timeout: timeoutMs, skip: skipped ?? false }, (context) =>
        run((reason) => context.skip(reason)),
      )
    }
  })
}
