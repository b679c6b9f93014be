import { mkdirSync } from 'node:fs'
import type { Durability } from '@wt/core'
import type { Contender } from '../measure/contender.ts'
import { readTrace } from '../traces/read-trace.ts'
import { type DatasetOptions, makeDataset } from '../workloads/dataset.ts'
import { appendAndSync, readFiles, replaceFiles } from './files.ts'
import { mapGet, mapSet } from './maps.ts'

/** What a store's operation is held against: the same work with nothing around it. */
export type LimitName =
  | 'Map.get'
  | 'Map.set'
  | 'append + fdatasync'
  | 'replace a file'
  | 'read a file'
  | 'list + read a file'
  | 'SQL upsert'
  | 'SQL transaction'
  | 'SQL select'
  | 'open SQLite'

export interface LimitOptions extends DatasetOptions {
  readonly limit: LimitName
  readonly durability: Durability
  readonly directory: string
  /** How many entries one write has. */
  readonly batch: number
  readonly tracePath?: string
}

/** Makes the limit, filled, in this process. */
export async function createContender(options: LimitOptions): Promise<Contender> {
  const { limit, durability, directory, batch } = options
  if (options.tracePath !== undefined) return traceLimit(options.tracePath)
  const dataset = makeDataset(options)
  if (limit === 'Map.get') return mapGet(dataset.entries(), dataset.keyAt)
  if (limit === 'Map.set') return mapSet(dataset, batch)
  mkdirSync(directory, { recursive: true })
  const durable = durability === 'power'
  if (limit === 'append + fdatasync') return appendAndSync(directory, dataset, batch)
  if (limit === 'replace a file') return replaceFiles(directory, dataset, { batch, durable })
  if (limit === 'read a file') return readFiles(directory, dataset, false)
  if (limit === 'list + read a file') return readFiles(directory, dataset, true)
  // Only who measures SQLite loads it.
  const sql = await import('./sql.ts')
  if (limit === 'SQL upsert' || limit === 'SQL transaction')
    return sql.upsertRows(directory, dataset, { batch, durability })
  if (limit === 'SQL select') return sql.selectRow(directory, dataset, durability)
  return sql.openDatabase(directory, dataset, durability)
}

/** The requests of a trace, all of them hits, round and round. */
function traceLimit(path: string): Contender {
  const { keys, requests } = readTrace(path)
  const entries = keys.map((key) => [key, key] as const)
  let next = 0
  return mapGet(entries, () => {
    if (next === requests.length) next = 0
    return keys[requests[next++]!]!
  })
}
