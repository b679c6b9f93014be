import { setTimeout as sleep } from 'node:timers/promises'

/** Longer than everything takes on a machine that is loaded. */
export const PATIENCE_MS = 30_000

/** Asks again until it is so. A server that cannot answer has not come to it yet. */
export async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS
  let reason: unknown
  while (Date.now() < deadline) {
    try {
      if (await condition()) return
      reason = undefined
    } catch (error) {
      // Asked again; it is told if that goes on too long.
      reason = error
    }
    await sleep(20)
  }
  throw new Error(`not within ${PATIENCE_MS} ms: ${what}`, { cause: reason })
}
