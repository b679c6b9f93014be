import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import type { ConcurrentContender, FinalResult, RoundResult } from './contender.ts'
import { Latencies } from './latencies.ts'

/** So often a timer goes off, which notices how late it is. */
const TIMER_MS = 1
const NANOSECONDS = 1e6

/**
 * Measures a contender that answers later: so many callers at once, each of whom goes on when it is answered. Latencies are
 * as the callers see them. Says as well how long others in this process had to wait for the event loop.
 */
export class ConcurrentDriver {
  readonly #contender: ConcurrentContender
  readonly #latencies = new Latencies()
  readonly #delays: RecordableHistogram = createHistogram()
  #operations: number
  #next = 0

  constructor(contender: ConcurrentContender) {
    this.#contender = contender
    this.#operations = contender.callers
  }

  /** Runs operations that do not count, and finds how many of them fill a round of `roundMs`, unless told how many. */
  async warmUp(roundMs: number, operations?: number): Promise<void> {
    if (operations !== undefined) this.#operations = operations
    await this.#run(this.#operations)
    if (operations === undefined) this.#operations = await this.#calibrate(roundMs)
  }

  async round(): Promise<RoundResult> {
    const operations = this.#operations
    let due = performance.now() + TIMER_MS
    // Not monitorEventLoopDelay: enabled again, it counts the pause between two rounds as a delay.
    const timer = setInterval(() => {
      const now = performance.now()
      this.#delays.record(Math.max(1, Math.round((now - due) * NANOSECONDS)))
      due = now + TIMER_MS
    }, TIMER_MS)
    const elapsedMs = await this.#run(operations, (latencyMs) => this.#latencies.recordSeen(latencyMs))
    clearInterval(timer)
    return { operations, elapsedMs }
  }

  async finish(): Promise<FinalResult> {
    await this.#contender.close()
    const eventLoopDelayMs = this.#delays.count === 0 ? 0 : this.#delays.percentile(99) / NANOSECONDS
    return {
      latencyMs: this.#latencies.summary(),
      samples: this.#latencies.count,
      facts: { eventLoopDelayMs },
    }
  }

  async #calibrate(roundMs: number): Promise<number> {
    const { callers } = this.#contender
    for (let operations = callers; ; operations *= 2) {
      // Of two tries one may have met a pause of the disk.
      const elapsedMs = Math.min(await this.#run(operations), await this.#run(operations))
      if (elapsedMs < roundMs / 2) continue
      return Math.max(callers, Math.round((operations * roundMs) / elapsedMs))
    }
  }

  async #run(operations: number, seen?: (latencyMs: number) => void): Promise<number> {
    const contender = this.#contender
    const end = this.#next + operations
    const caller = async (): Promise<void> => {
      while (this.#next < end) {
        const called = performance.now()
        await contender.operation(this.#next++)
        seen?.(performance.now() - called)
      }
    }
    const start = performance.now()
    await Promise.all(Array.from({ length: contender.callers }, caller))
    return performance.now() - start
  }
}
