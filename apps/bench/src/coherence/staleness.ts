import { quantile } from '../measure/statistics.ts'
import type { ClientResult } from './client.ts'

/** How long hits were older than a write that another process had made and had acknowledged. */
export interface Staleness {
  /** Over all writes, as each of the other processes saw them; not a number when none was seen. */
  readonly p50Ms: number
  readonly p99Ms: number
  readonly seen: number
  /** Those that a process had not seen at the end. */
  readonly unseen: number
}

/** Of the writes that the first process made, as all the others saw them. */
export function staleness([writer, ...watchers]: readonly ClientResult[]): Staleness {
  const acknowledged = new Map(writer!.acknowledgedMs)
  const late: number[] = []
  for (const { lastOlderMs } of watchers) {
    for (const [write, atMs] of lastOlderMs) {
      const acknowledgedMs = acknowledged.get(write)
      // A write that nobody was told of, because the run ended, is late for nobody.
      if (acknowledgedMs !== undefined) late.push(Math.max(0, atMs - acknowledgedMs))
    }
  }
  late.sort((a, b) => a - b)
  const at = (share: number): number => (late.length === 0 ? Number.NaN : quantile(late, share))
  const unseen = watchers.reduce((sum, { newest }) => sum + (writer!.newest - newest), 0)
  return { p50Ms: at(0.5), p99Ms: at(0.99), seen: late.length, unseen }
}
