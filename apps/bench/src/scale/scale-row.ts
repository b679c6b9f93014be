export type ScaleStore = 'fs' | 'sqlite'

/** One store with so many entries. Bytes are an entry's, but for the memory. */
export interface ScaleRow {
  readonly store: ScaleStore
  readonly entries: number
  readonly putUs: number
  readonly getUs: number
  readonly overwriteUs: number
  readonly reopenMs: number
  readonly enumerateMs: number
  /** Of key and encoded value. */
  readonly payloadBytes: number
  readonly diskBytes: number
  readonly writtenBytes: number
  /** The most that the process had resident. */
  readonly memoryBytes: number
}

/** In Markdown, to be kept. */
export function scaleTable(rows: readonly ScaleRow[]): string {
  const lines = [
    '| store | entries | put | get | overwrite | reopen | enumerate | on disk an entry | written an entry | memory |',
    '|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|',
    ...rows.map((row) => {
      const { payloadBytes, diskBytes, writtenBytes } = row
      const cells = [
        row.store,
        row.entries.toLocaleString('en'),
        ...[row.putUs, row.getUs, row.overwriteUs].map((us) => `${us.toFixed(1)} µs`),
        ...[row.reopenMs, row.enumerateMs].map((ms) => `${ms.toFixed(0)} ms`),
        ...[diskBytes, writtenBytes].map(
          (bytes) => `${bytes.toFixed(0)} B (${(bytes / payloadBytes).toFixed(1)} ×)`,
        ),
        `${(row.memoryBytes / 2 ** 20).toFixed(0)} MiB`,
      ]
      return `| ${cells.join(' | ')} |`
    }),
  ]
  return lines.join('\n')
}
