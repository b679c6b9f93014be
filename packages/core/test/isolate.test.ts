import { describe, expect, test } from 'vitest'
import { AsyncWriteThroughCache } from '../src/index.ts'
import { BulkMapStore, cacheOver, storeErrorOf } from './fixtures.ts'
import { SlowStore } from './slow-store.ts'

interface Cart {
  items: string[]
}

/** A store that shares no memory, as stores owe. */
class CloningStore extends BulkMapStore<string, Cart> {
  override store(key: string, value: Cart): void {
    super.store(key, structuredClone(value))
  }

  override load(key: string): Cart | undefined {
    return structuredClone(super.load(key))
  }
}

const cart = (...items: string[]): Cart => ({ items })

describe('isolate: true', () => {
  test('what a caller does to a value, before or after, is nobody else’s', () => {
    const cache = cacheOver<string, Cart>(new CloningStore(), { isolate: true })
    const mine = cart('tea')
    cache.put('a', mine)
    mine.items.push('changed after the put')
    expect(cache.get('a')).toEqual(cart('tea'))
    cache.get('a')!.items.push('changed after a hit')
    cache.getMany(['a']).get('a')!.items.push('changed after getMany')
    cache.peek('a')!.items.push('changed after peek')
    for (const [, value] of cache.entries()) value.items.push('changed after entries')
    expect(cache.get('a')).toEqual(cart('tea'))
    expect(() =>
      cache.update('a', (old) => {
        old!.items.push('changed in update, and dropped')
        throw new Error('given up')
      }),
    ).toThrow('given up')
    const produced = cart('milk')
    cache.getOrPut('b', () => produced).items.push('changed after getOrPut')
    cache.putMany([['c', mine]])
    mine.items.push('changed after putMany')
    expect(cache.get('a')).toEqual(cart('tea'))
    expect(cache.get('b')).toEqual(cart('milk'))
    expect(cache.get('c')!.items).not.toContain('changed after putMany')
  })

  test('what was loaded is copied as well', () => {
    const cache = cacheOver<string, Cart>(new CloningStore(), { isolate: true })
    cache.put('a', cart('tea'))
    cache.evict('a')
    cache.get('a')!.items.push('changed after a load')
    expect(cache.get('a')).toEqual(cart('tea'))
    cache.refresh('a')!.items.push('changed after a refresh')
    expect(cache.get('a')).toEqual(cart('tea'))
  })

  test('a value that cannot be copied is INVALID_VALUE, and nothing happens', () => {
    const store = new BulkMapStore<string, unknown>()
    const cache = cacheOver<string, unknown>(store, { isolate: true })
    const error = storeErrorOf(() => cache.put('a', { f: () => 1 }))
    expect(error).toMatchObject({ code: 'INVALID_VALUE', applied: 'no', key: 'a' })
    expect(storeErrorOf(() => cache.putMany([['a', { f: () => 1 }]])).code).toBe('INVALID_VALUE')
    expect(store.calls).toEqual([])
  })

  test('without it a hit is the very value', () => {
    const cache = cacheOver<string, Cart>(new CloningStore(), { isolate: false })
    const mine = cart('tea')
    cache.put('a', mine)
    expect(cache.get('a')).toBe(mine)
  })
})

test('isolate as a function copies each value once on its way in, and once on its way out', () => {
  const copied: Cart[] = []
  const cache = cacheOver<string, Cart>(new CloningStore(), {
    isolate: (value) => {
      copied.push(value)
      return { items: [...value.items] }
    },
  })
  cache.put('a', cart('tea'))
  expect(copied.length).toBe(1)
  cache.get('a')
  expect(copied.length).toBe(2)
  cache.get('absent')
  expect(copied.length).toBe(2)
})

describe('isolate, asynchronous', () => {
  test('a put takes the value as it is at the call, and every reader of a shared load gets a copy', async () => {
    const store = new CloningStore()
    const cache = new AsyncWriteThroughCache<string, Cart>(store, { capacity: 5, isolate: true })
    const mine = cart('tea')
    const first = cache.put('a', mine)
    const second = cache.put('a', mine)
    mine.items.push('changed after the calls')
    await Promise.all([first, second])
    expect(store.entries.get('a')).toEqual(cart('tea'))
    cache.evict('a')
    const [one, two] = await Promise.all([cache.get('a'), cache.get('a')])
    expect(cache.stats().coalescedLoads).toBe(1)
    one!.items.push('changed after a shared load')
    expect(two).toEqual(cart('tea'))
    for (const value of [
      await cache.get('a'),
      await cache.get('a', { timeoutMs: 1000 }),
      (await cache.getMany(['a'])).get('a'),
      await cache.refresh('a'),
      cache.peek('a'),
      [...cache.entries()][0]![1],
      await cache.getOrPut('a', () => cart()),
    ]) {
      expect(value).toEqual(cart('tea'))
      value!.items.push('changed')
    }
    await cache.update('a', (old) => {
      old!.items.push('changed')
      return cart('milk')
    })
    const produced = cart('bread')
    await Promise.all([
      cache.getOrPut('b', () => produced).then((value) => value.items.push('changed by the one')),
      cache.getOrPut('b', () => produced).then((value) => expect(value).toEqual(cart('bread'))),
    ])
    expect(await cache.get('a')).toEqual(cart('milk'))
    expect(await cache.get('b')).toEqual(cart('bread'))
  })

  test('who waits for a write gets a copy of its value', async () => {
    const store = new SlowStore()
    const copies = new Set<unknown>()
    const cache = new AsyncWriteThroughCache<string, number>(store, {
      capacity: 5,
      isolate: (value) => {
        copies.add(value)
        return value + 1000
      },
    })
    const put = cache.put('a', 1)
    const read = cache.get('a')
    store.call.go()
    await put
    expect(await read).toBe(2001)
  })

  test('a value that cannot be copied rejects', async () => {
    const store = new BulkMapStore<string, unknown>()
    const cache = new AsyncWriteThroughCache<string, unknown>(store, { capacity: 5, isolate: true })
    const bad = () => ({ f: () => 1 })
    await expect(cache.put('a', bad())).rejects.toMatchObject({ code: 'INVALID_VALUE' })
    await expect(cache.putMany([['a', bad()]])).rejects.toMatchObject({ code: 'INVALID_VALUE' })
    await expect(cache.update('a', bad)).rejects.toMatchObject({ code: 'INVALID_VALUE' })
    await expect(cache.getOrPut('a', bad)).rejects.toMatchObject({ code: 'INVALID_VALUE' })
    expect(store.entries.size).toBe(0)
    cache.assertInvariants(true)
  })
})
