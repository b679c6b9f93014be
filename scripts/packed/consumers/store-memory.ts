import { deepStrictEqual, equal, throws } from 'node:assert/strict'
import { StoreError, WriteThroughCache } from '@wt/core'
import { InMemoryStore } from '@wt/store-memory'

const store = new InMemoryStore<string, { name: string }>({ maxEntries: 1 })
const cache = new WriteThroughCache(store, { capacity: 10 })
cache.put('a', { name: 'Ada' })
const name: string | undefined = cache.get('a')?.name
equal(name, 'Ada')
deepStrictEqual(store.load('a'), { name: 'Ada' })
equal(store.writeCount, 1)

// The store's errors are those of the one copy of core.
throws(
  () => cache.put('b', { name: 'Bob' }),
  (error: unknown) => error instanceof StoreError && error.code === 'STORE_FULL',
)
// @ts-expect-error: the value has a name; were the types `any`, this line would be none.
throws(() => cache.put('b', { nam: 'Bob' }), StoreError)
