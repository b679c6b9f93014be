import { MS, now, type Standstill } from './history.ts'

const TICK_MS = 5

/** Notes, until it is ended, when the process did not run: another had the processor. */
export function noteStandstills(into: Standstill[]): { end(): void } {
  let last = now()
  const timer = setInterval(() => {
    const at = now()
    const lasted = at - last - TICK_MS * MS
    if (lasted > TICK_MS * MS) into.push({ at, lasted })
    last = at
  }, TICK_MS)
  return { end: () => clearInterval(timer) }
}

/** How long of that time the process stood still. */
export function stoodStill(standstills: readonly Standstill[], from: number, to: number): number {
  return standstills.reduce((sum, { at, lasted }) => {
    return sum + Math.max(0, Math.min(at, to) - Math.max(at - lasted, from))
  }, 0)
}
