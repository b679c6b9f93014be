import { deepStrictEqual, equal, throws } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StoreError, WriteThroughCache } from '@wt/core'
import { SqliteStore } from '@wt/store-sqlite'

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
