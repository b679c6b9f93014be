import type { Target } from '../target.ts'
import { planTests, type TestOptions } from './planned-test.ts'

export type { TestOptions } from './planned-test.ts'

/** What mocha puts among the globals of a test file. */
interface Mocha {
  describe(name: string, body: () => void): void
  it: {
    (name: string, body: (this: MochaContext) => Promise<void>): void
    skip(name: string): void
  }
}

interface MochaContext {
  timeout(limitMs: number): void
  /** Throws. */
  skip(): void
}

/**
 * Registers every case as a mocha test of its own, under the target's name. A case that the target's claims leave out is
 * pending, with the reason in its name. A malformed target is a `TypeError` at once.
 */
export function testConformance(target: Target, options: TestOptions = {}): void {
  const planned = planTests(target, options)
  const { describe, it } = globalThis as unknown as Mocha
  if (typeof describe !== 'function' || typeof it?.skip !== 'function') {
    throw new TypeError('testConformance of @wt/conformance/mocha: call it in a test file that mocha runs')
  }
  describe(target.name, () => {
    for (const { name, skipped, timeoutMs, run } of planned) {
      if (skipped !== undefined) {
        it.skip(name)
        continue
      }
      it(name, async function () {
        this.timeout(timeoutMs)
        await run(() => this.skip())
      })
    }
  })
}
