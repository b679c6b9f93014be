import { join } from 'node:path'
import { type AsyncBackingStore, groupCommit, utf8 } from '@wt/core'
import type { LimitName } from '../limits/limit-contender.ts'
import type { StoreName } from './open-store.ts'

/** A store that many write to at once, durable through a power cut. */
export interface ConcurrentStore {
  readonly name: string
  /** It opens what that store has filled, and is held against that one's single puts. */
  readonly store: StoreName
  readonly limit: LimitName
  open(directory: string): Promise<AsyncBackingStore<string, string>>
}

/** Who takes part. A new one is a new entry. */
export const CONCURRENT_STORES: readonly ConcurrentStore[] = [
  {
    name: 'AsyncFsStore',
    store: 'fs',
    limit: 'append + fdatasync',
    async open(directory) {
      const { AsyncFsStore } = await import('@wt/store-fs')
      const store = new AsyncFsStore({ path: join(directory, 'fs'), codec: utf8() })
      // Opening is no part of a put.
      await store.loadMany([])
      return store
    },
  },
  {
    name: 'groupCommit(SqliteStore)',
    store: 'sqlite',
    limit: 'SQL transaction',
    async open(directory) {
      const { SqliteStore } = await import('@wt/store-sqlite')
      const store = new SqliteStore({ path: join(directory, 'store.db'), codec: utf8() })
      return groupCommit(store, { maxBatch: 1000 })
    },
  },
  {
    name: 'AsyncSqliteStore',
    store: 'sqlite',
    limit: 'SQL transaction',
    async open(directory) {
      const { AsyncSqliteStore } = await import('@wt/store-sqlite')
      const store = new AsyncSqliteStore({ path: join(directory, 'store.db'), codec: utf8() })
      // The first call starts the thread, which is no part of a put.
      await store.revision()
      return store
    },
  },
]
