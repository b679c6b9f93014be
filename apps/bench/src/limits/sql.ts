import { join } from 'node:path'
import { DatabaseSync, type StatementSync } from 'node:sqlite'
import type { Durability } from '@wt/core'
import type { Contender } from '../measure/contender.ts'
import { batchAt, type Dataset } from '../workloads/dataset.ts'

/** A bare database with the pragmas that `SqliteStore` sets, and its statements, with nothing around them. */
interface Bare {
  readonly database: DatabaseSync
  readonly select: StatementSync
  readonly upsert: StatementSync
}

/** One prepared SELECT. */
export function selectRow(directory: string, dataset: Dataset, durability: Durability): Contender {
  const bare = filled(directory, dataset, durability)
  return {
    operation: (index) => read(bare, dataset.keyAt(index)),
    close: () => bare.database.close(),
  }
}

/** One prepared INSERT … ON CONFLICT, or `batch` of them in a transaction. */
export function upsertRows(
  directory: string,
  dataset: Dataset,
  { batch, durability }: { readonly batch: number; readonly durability: Durability },
): Contender {
  const bare = filled(directory, dataset, durability)
  return {
    operation(index) {
      if (batch === 1) return write(bare, dataset.keyAt(index), dataset.valueAt(index))
      inTransaction(bare, batchAt(dataset, index, batch))
    },
    close: () => bare.database.close(),
  }
}

/** Opening the database file, one prepared SELECT, and closing it. */
export function openDatabase(directory: string, dataset: Dataset, durability: Durability): Contender {
  filled(directory, dataset, durability).database.close()
  return {
    operation(index) {
      const bare = open(directory, durability)
      read(bare, dataset.keyAt(index))
      bare.database.close()
    },
    close() {},
  }
}

function open(directory: string, durability: Durability): Bare {
  const database = new DatabaseSync(join(directory, 'bare.db'))
  database.exec('PRAGMA journal_mode = WAL')
  database.exec(`PRAGMA synchronous = ${durability === 'power' ? 'FULL' : 'NORMAL'}`)
  if (durability === 'power') database.exec('PRAGMA fullfsync = 1; PRAGMA checkpoint_fullfsync = 1')
  database.exec('CREATE TABLE IF NOT EXISTS entries (key BLOB PRIMARY KEY, value BLOB NOT NULL)')
  return {
    database,
    select: database.prepare('SELECT value FROM entries WHERE key = ?'),
    upsert: database.prepare(
      'INSERT INTO entries (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value',
    ),
  }
}

/** Opened anew after it was filled, as the store is: a log that has grown once is synced faster than one that grows. */
function filled(directory: string, dataset: Dataset, durability: Durability): Bare {
  const bare = open(directory, durability)
  inTransaction(bare, dataset.entries())
  bare.database.close()
  return open(directory, durability)
}

function inTransaction(bare: Bare, entries: Iterable<readonly [string, string]>): void {
  bare.database.exec('BEGIN IMMEDIATE')
  for (const [key, value] of entries) write(bare, key, value)
  bare.database.exec('COMMIT')
}

function write({ upsert }: Bare, key: string, value: string): void {
  upsert.run(Buffer.from(key), Buffer.from(value))
}

function read({ select }: Bare, key: string): void {
  const row = select.get(Buffer.from(key))
  if (row === undefined) throw new Error(`SELECT: ${key} is missing`)
  Buffer.from(row.value as Uint8Array).toString('utf8')
}
