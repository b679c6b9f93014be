import { count, digits, percent, plainTable, ratio } from '../reports/format.ts'
import type { CacheName } from './caches.ts'
import type { CoherenceRow } from './measure.ts'
import type { Staleness } from './staleness.ts'

const COLUMNS = [
  { title: '', width: 26 },
  { title: 'hits/s', width: 10, right: true },
  { title: 'misses/s', width: 10, right: true },
  { title: 'puts/s', width: 9, right: true },
  { title: 'told a put', width: 12, right: true },
  { title: 'stale p50 ms', width: 14, right: true },
  { title: 'p99 ms', width: 9, right: true },
  { title: 'unseen', width: 8, right: true },
  { title: 'server kB', width: 11, right: true },
  { title: 'sent B', width: 8, right: true },
]

export function coherenceTable({
  keys,
  writeShare,
  seconds,
  rows,
}: {
  readonly keys: number
  readonly writeShare: number
  readonly seconds: number
  readonly rows: readonly CoherenceRow[]
}): string {
  const counts = [...new Set(rows.map(({ processes }) => processes))]
  const sections = counts.map((processes) => ({
    title: processes === 1 ? '1 process' : `${processes} processes`,
    rows: rows.filter((row) => row.processes === processes).map(cellsOf),
  }))
  const of = `${keys.toLocaleString('en')} keys that all fit, zipf, ${percent(writeShare)} puts, ${seconds} s a run`
  return [of, plainTable(COLUMNS, sections), LEGEND].join('\n\n')
}

function cellsOf(row: CoherenceRow): string[] {
  const { stale } = row
  return [
    TITLES[row.cache],
    count(row.hitsPerSecond),
    count(row.missesPerSecond),
    count(row.writesPerSecond),
    ratio(row.toldPerWrite),
    ...(stale === undefined ? ['', '', ''] : staleCells(stale)),
    row.processes === 1 ? '' : (row.serverBytesPerProcess / 1000).toFixed(1),
    digits(row.sentBytesPerOperation),
  ]
}

function staleCells({ p50Ms, p99Ms, seen, unseen }: Staleness): string[] {
  if (seen === 0) return ['for ever', '', percent(1)]
  return [digits(p50Ms), digits(p99Ms), percent(unseen / (seen + unseen))]
}

const TITLES: Readonly<Record<CacheName, string>> = {
  ours: 'ours',
  'ours-incoherent': "ours, coherence: 'none'",
  bentocache: 'bentocache, Redis bus',
}

const LEGEND = `All processes together. Told: keys that processes were told of, for each put. Stale: from the acknowledgement of a put to the
last older hit in another process; the key is written every 10 ms and read all the time. Unseen: of these puts, as seen by
each of the other processes, those that it had not seen at the end. Server: what one more process costs it in memory. Sent: what
the server sends for each operation.`
