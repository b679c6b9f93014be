import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'

/** Milliseconds that half, 99 % and 99.9 % of the operations took at most. */
export interface LatencyMs {
  readonly p50: number
  readonly p99: number
  readonly p999: number
}

/** How busy the imagined callers keep it: they come at half the pace it can serve, and at most 100,000 a second. */
const LOAD = 0.5
const FASTEST_PACE_MS = 0.01
const NANOSECONDS = 1e6

/**
 * A histogram of latencies that omits nobody who waited. A loop that starts the next operation when the last one ends
 * sees a pause once; callers who come at an even pace, whatever the server does, see it in every call that falls into
 * it. So each service time is turned into the latency of such a caller: what is left of the work before it, and its own
 * service (Lindley's recursion, 1952). They come at half the pace that the round reached, at most 100,000 a
 * second: nobody asks as fast as a table in memory answers. An HDR histogram, three digits.
 */
export class Latencies {
  readonly #histogram: RecordableHistogram = createHistogram()

  /** How many operations were recorded. */
  get count(): number {
    return this.#histogram.count
  }

  /** Adds the service times of one round. */
  record(serviceMs: Float64Array): void {
    for (const latencyMs of latenciesOf(serviceMs)) this.recordSeen(latencyMs)
  }

  /** Adds what one caller waited who came when it was answered before. */
  recordSeen(latencyMs: number): void {
    this.#histogram.record(Math.max(1, Math.round(latencyMs * NANOSECONDS)))
  }

  /** Zeroes while nothing is recorded. */
  summary(): LatencyMs {
    if (this.count === 0) return { p50: 0, p99: 0, p999: 0 }
    const at = (percent: number): number => this.#histogram.percentile(percent) / NANOSECONDS
    return { p50: at(50), p99: at(99), p999: at(99.9) }
  }
}

/** What callers at an even pace wait and are served, at the load above. In the order of the operations. */
export function latenciesOf(serviceMs: Float64Array): Float64Array {
  let totalMs = 0
  for (const ms of serviceMs) totalMs += ms
  const paceMs = Math.max(FASTEST_PACE_MS, totalMs / serviceMs.length / LOAD)
  const latencies = new Float64Array(serviceMs.length)
  let waitMs = 0
  for (let index = 0; index < serviceMs.length; index++) {
    latencies[index] = waitMs + serviceMs[index]!
    waitMs = Math.max(0, latencies[index]! - paceMs)
  }
  return latencies
}
