import type { Target } from '../target.ts'
import { planTests, type TestOptions } from './planned-test.ts'

export type { TestOptions } from './planned-test.ts'

/** What jest puts among the globals of a test file. */
interface Jest {
  describe(name: string, body: () => void): void
  test: {
    (name: string, body: () => Promise<void>, timeoutMs: number): void
    skip(name: string, body: () => void): void
  }
}

/**
 * Registers every case as a jest test of its own, under the target's name. A case that the target's claims leave out is
 * skipped, with the reason in its name; one that finds out later passes and says so, for jest cannot skip a test that runs.
 * A malformed target is a `TypeError` at once. This package is ESM: run jest with `--experimental-vm-modules`.
 */
export function testConformance(target: Target, options: TestOptions = {}): void {
  const planned = planTests(target, options)
  const { describe, test } = globalThis as unknown as Jest
  if (typeof describe !== 'function' || typeof test?.skip !== 'function') {
    throw new TypeError('testConformance of @wt/conformance/jest: call it in a test file that jest runs')
  }
  describe(target.name, () => {
    for (const { name, skipped, timeoutMs, run } of planned) {
      if (skipped !== undefined) test.skip(name, () => {})
      else test(name, () => run((reason) => console.info(`${name}: skipped: ${reason}`)), timeoutMs)
    }
  })
}
