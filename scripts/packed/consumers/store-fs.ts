import { deepStrictEqual, equal, rejects, throws } from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AsyncWriteThroughCache, StoreError, WriteThroughCache } from '@wt/core'
import { AsyncFsStore, FsStore, type Verification } from '@wt/store-fs'

const directory = mkdtempSync(join(tmpdir(), 'wt-consumer-'))
const path = join(directory, 'records')
try {
  const first = new FsStore<{ name: string }>({ path })
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

  const second = new FsStore<{ name: string }>({ path })
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

/** For those who wait. Told by the exit code of the process when it fails: a module for CommonJS waits for nothing itself. */
async function later(): Promise<void> {
  const path = mkdtempSync(join(tmpdir(), 'wt-consumer-'))
  try {
    const store = new AsyncFsStore<{ name: string }>({ path })
    const cache = new AsyncWriteThroughCache(store, { capacity: 10 })
    await Promise.all([cache.put('a', { name: 'Ada' }), cache.put('b', { name: 'Bob' })])
    const name: string | undefined = (await cache.get('a'))?.name
    equal(name, 'Ada')
    const found: Verification = await store.verify()
    deepStrictEqual(found, { checked: 2, damaged: [] })
    const keys: string[] = []
    for await (const key of store.keys()) keys.push(key)
    deepStrictEqual(keys.sort(), ['a', 'b'])
    await cache.close()
    await store.close()
    await rejects(store.load('a'), (error: unknown) => error instanceof StoreError && error.code === 'CLOSED')
    deepStrictEqual(new FsStore<{ name: string }>({ path }).load('b'), { name: 'Bob' })
  } finally {
    rmSync(path, { recursive: true })
  }
}

void later()
