import { deepStrictEqual, equal, rejects, throws } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AsyncWriteThroughCache, StoreError, WriteThroughCache } from '@wt/core'
import { AsyncSqliteStore, SqliteStore } from '@wt/store-sqlite'

const directory = mkdtempSync(join(tmpdir(), 'wt-consumer-'))
const path = join(directory, 'cache.db')
try {
  const first = new SqliteStore<{ name: string }>({ path })
  const cache = new WriteThroughCache(first, { capacity: 10 })
  cache.put('a', { name: 'Ada' })
  const name: string | undefined = cache.get('a')?.name
  equal(name, 'Ada')
  equal(first.durability, 'power')
  first.close()
  throws(
    () => first.load('a'),
    (error: unknown) => error instanceof StoreError && error.code === 'CLOSED',
  )

  const second = new SqliteStore<{ name: string }>({ path })
  const reopened = new WriteThroughCache(second, { capacity: 10 })
  deepStrictEqual(reopened.get('a'), { name: 'Ada' })
  equal(reopened.stats().backingStoreHits, 1)
  equal(reopened.invalidate('a'), true)
  equal(second.load('a'), undefined)
  // @ts-expect-error: the key is a string; were the types `any`, this line would be none.
  throws(() => second.store(1, { name: 'Bob' }))
  second.close()
} finally {
  rmSync(directory, { recursive: true })
}

/** Its thread is a file of the package, which has to be found where the package was installed. */
async function checkAsync(): Promise<void> {
  const asyncDirectory = mkdtempSync(join(tmpdir(), 'wt-consumer-'))
  try {
    const store = new AsyncSqliteStore<number>({ path: join(asyncDirectory, 'cache.db') })
    const cache = new AsyncWriteThroughCache(store, { capacity: 10 })
    await Promise.all([cache.put('a', 1), cache.put('b', 2)])
    const loaded: number | undefined = await store.load('a')
    equal(loaded, 1)
    deepStrictEqual(await store.verify(), { checked: 2, damaged: [] })
    await cache.close()
    await rejects(store.load('a'), (error: unknown) => error instanceof StoreError && error.code === 'CLOSED')
  } finally {
    rmSync(asyncDirectory, { recursive: true })
  }
}

void checkAsync()
