import type { Contender, FinalResult, RoundResult } from './contender.ts'
import { Latencies } from './latencies.ts'

/** Operations faster than this are not slowed down by reading the clock after each: a second, shorter loop does that. */
const FAST_MS = 0.005
/** That second loop takes at most so many operations. */
const MOST_CLOCKED = 10_000
const MOST_OPERATIONS = 50_000_000
/** So long fast operations run before they are measured, others a round: the compiler works beside them, and needs time. */
const WARM_UP_MS = 100

/**
 * Measures the one contender of this process. There has to be but one: two in one process share what the compiler
 * learns, and the first `Map` that a process builds is faster than the same `Map` built later.
 */
export class Driver {
  readonly #contender: Contender
  readonly #latencies = new Latencies()
  #operations = 1
  #fast = false
  #next = 0

  constructor(contender: Contender) {
    this.#contender = contender
  }

  /** Finds how many operations fill a round of `roundMs`, unless told how many, and runs rounds that do not count. */
  warmUp(roundMs: number, operations?: number): void {
    this.#operations = this.#contender.operationsPerRound ?? operations ?? this.#calibrate(roundMs)
    let totalMs = 0
    do {
      const elapsedMs = this.#run(this.#operations)
      this.#fast = elapsedMs / this.#operations < FAST_MS
      totalMs += elapsedMs
      // Compiles the loop that round() is going to use; what it saw is thrown away.
      if (this.#fast) this.#clocked(this.#clockedOperations())
    } while (operations === undefined && totalMs < (this.#fast ? WARM_UP_MS : roundMs))
  }

  round(): RoundResult {
    const operations = this.#operations
    if (!this.#fast) {
      const serviceMs = this.#clocked(operations)
      this.#latencies.record(serviceMs)
      return { operations, elapsedMs: serviceMs.reduce((sum, ms) => sum + ms, 0) }
    }
    const elapsedMs = this.#run(operations)
    this.#latencies.record(this.#clocked(this.#clockedOperations()))
    return { operations, elapsedMs }
  }

  finish(): FinalResult {
    const facts = this.#contender.facts?.() ?? {}
    this.#contender.close()
    return { latencyMs: this.#latencies.summary(), samples: this.#latencies.count, facts }
  }

  #clockedOperations(): number {
    return this.#contender.operationsPerRound ?? Math.min(this.#operations, MOST_CLOCKED)
  }

  #calibrate(roundMs: number): number {
    for (let operations = 1; ; operations *= 2) {
      let elapsedMs = this.#run(operations)
      // A single slow try may have been a pause of the machine.
      if (elapsedMs >= roundMs / 2) elapsedMs = Math.min(elapsedMs, this.#run(operations))
      if (elapsedMs >= roundMs / 2 || operations >= MOST_OPERATIONS) {
        return Math.max(1, Math.round((operations * roundMs) / elapsedMs))
      }
    }
  }

  #run(operations: number): number {
    const contender = this.#contender
    contender.beforeRound?.()
    const end = this.#next + operations
    const start = performance.now()
    for (let index = this.#next; index < end; index++) contender.operation(index)
    const elapsedMs = performance.now() - start
    this.#next = end
    return elapsedMs
  }

  /** One reading of the clock an operation, each from the end of the one before: no pause falls between two of them. */
  #clocked(operations: number): Float64Array {
    const contender = this.#contender
    contender.beforeRound?.()
    const serviceMs = new Float64Array(operations)
    const first = this.#next
    let last = performance.now()
    for (let index = 0; index < operations; index++) {
      contender.operation(first + index)
      const now = performance.now()
      serviceMs[index] = now - last
      last = now
    }
    this.#next = first + operations
    return serviceMs
  }
}
