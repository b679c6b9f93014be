import { deepStrictEqual, equal, throws } from 'node:assert/strict'
import { type BackingStore, bytes, fifo, json, lru, StoreError, utf8, WriteThroughCache } from '@wt/core'
import { structured } from '@wt/core/node'

class MapStore implements BackingStore<string, number> {
  readonly entries: Map<string, number> = new Map()
  store(key: string, value: number): void {
    if (this.entries.size === 2) throw new StoreError('STORE_FULL', 'store: full', { key })
    this.entries.set(key, value)
  }
  load(key: string): number | undefined {
    return this.entries.get(key)
  }
  remove(key: string): boolean {
    return this.entries.delete(key)
  }
}

const store = new MapStore()
for (const policy of [fifo(), lru()]) {
  const cache = new WriteThroughCache(store, { capacity: 10, policy })
  cache.put('a', 1)
  const value: number | undefined = cache.get('a')
  equal(value, 1)
  equal(store.entries.get('a'), 1)
  equal(cache.stats().cacheHits, 1)
  // @ts-expect-error: the value is a number; were the types `any`, this line would be none.
  throws(() => cache.put('b', undefined), TypeError)
  equal(cache.invalidate('a'), true)
}

const full = new WriteThroughCache(store, { capacity: 10 })
full.put('a', 1)
full.put('b', 2)
throws(
  () => full.put('c', 3),
  (error: unknown) => StoreError.is(error) && error.code === 'STORE_FULL',
)
equal(full.get('c'), undefined)

deepStrictEqual(json<{ a: number }>().decode(json<{ a: number }>().encode({ a: 1 })), { a: 1 })
equal(utf8().decode(utf8().encode('ä')), 'ä')
deepStrictEqual([...bytes().decode(bytes().encode(Uint8Array.of(0, 255)))], [0, 255])
const dates = structured<Date>()
deepStrictEqual(dates.decode(dates.encode(new Date(0))), new Date(0))
