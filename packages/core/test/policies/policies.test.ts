import { describe, expect, test } from 'vitest'
import { type EvictionPolicy, fifo, lru, type PolicyBooks, REFUSED, sieve } from '../../src/index.ts'
import { SlotLists } from '../../src/policies/slot-lists.ts'
import { cacheOver, MapStore } from '../fixtures.ts'

/** The residents after a script of puts (`+a`), gets (`a`) and invalidates (`-a`) at capacity 3. */
function residentsAfter(policy: EvictionPolicy, script: string): string {
  const cache = cacheOver(new MapStore<string, number>(), { capacity: 3, policy })
  for (const step of script.split(' ')) {
    if (step.startsWith('+')) cache.put(step.slice(1), 1)
    else if (step.startsWith('-')) cache.invalidate(step.slice(1))
    else cache.get(step)
  }
  return [...cache.entries()]
    .map(([key]) => key)
    .sort()
    .join('')
}

describe('fifo', () => {
  test.each([
    ['the oldest goes', '+a +b +c +d', 'bcd'],
    ['a get renews nothing', '+a +b +c a +d', 'bcd'],
    ['a put renews', '+a +b +c +a +d', 'acd'],
    ['a removed place is used again', '+a +b +c -b +d +e', 'cde'],
    ['a reload is a newcomer', '+a +b +c +d a +e', 'ade'],
  ])('%s', (_promise, script, residents) => {
    expect(residentsAfter(fifo(), script)).toBe(residents)
  })
})

describe('lru', () => {
  test.each([
    ['the oldest goes', '+a +b +c +d', 'bcd'],
    ['a get renews', '+a +b +c a +d', 'acd'],
    ['a put renews', '+a +b +c +a +d', 'acd'],
    ['the newest may be renewed', '+a +b +c c +d', 'bcd'],
    ['a removed place is used again', '+a +b +c -a b +d +e', 'bde'],
  ])('%s', (_promise, script, residents) => {
    expect(residentsAfter(lru(), script)).toBe(residents)
  })

  test('peek and has renew nothing', () => {
    const cache = cacheOver(new MapStore<string, number>(), { capacity: 2, policy: lru() })
    cache.put('a', 1)
    cache.put('b', 1)
    cache.peek('a')
    cache.has('a')
    cache.put('c', 1)
    expect(cache.peek('a')).toBeUndefined()
  })
})

describe('sieve', () => {
  test.each([
    ['the oldest goes', '+a +b +c +d', 'bcd'],
    ['the hand spares what was used, and goes on from where it stood', '+a +b +c a +d +e', 'ade'],
    ['a put saves as a get does', '+a +b +c +a +d', 'acd'],
    ['past the newest, the hand begins again with the oldest', '+a +b +c a b +d a +e', 'ade'],
    ['when all were used, the oldest goes', '+a +b +c a b c +d', 'bcd'],
    ['the hand steps over one that was removed', '+a +b +c a +d -c +e +f', 'aef'],
  ])('%s', (_promise, script, residents) => {
    expect(residentsAfter(sieve(), script)).toBe(residents)
  })
})

test('one policy object serves many caches', () => {
  const policy = lru()
  const caches = [1, 2].map(() => cacheOver(new MapStore<string, number>(), { capacity: 2, policy }))
  for (const cache of caches) for (const key of ['a', 'b', 'c']) cache.put(key, 1)
  for (const cache of caches) expect(cache.size).toBe(2)
})

/** Keeps whoever is there. */
const refusing: EvictionPolicy = {
  name: 'refusing',
  create: () => ({ insert() {}, update() {}, remove() {}, evict: () => REFUSED }),
}

test('a newcomer that the policy refuses is written and not cached', () => {
  const store = new MapStore<string, number>()
  const cache = cacheOver(store, { capacity: 1, policy: refusing })
  cache.put('a', 1)
  cache.put('b', 2)
  expect(store.entries.get('b')).toBe(2)
  expect(cache.peek('b')).toBeUndefined()
  expect(cache.get('b')).toBe(2)
  cache.put('a', 3)
  expect(cache.get('a')).toBe(3)
  expect(cache.stats()).toMatchObject({ refusedByPolicy: 2, evictions: 0 })
})

test('a policy sees the key of each slot, and the newcomer', () => {
  const told: string[] = []
  const policy: EvictionPolicy = {
    name: 'telling',
    create: (residents) => ({
      insert: (slot) => told.push(`insert ${residents.keyAt(slot)}`),
      update: (slot) => told.push(`update ${residents.keyAt(slot)}`),
      hit: (slot) => told.push(`hit ${residents.keyAt(slot)}`),
      remove: () => told.push('remove'),
      evict: (newcomer) => {
        told.push(`evict for ${newcomer} of ${residents.capacity}`)
        return 0
      },
    }),
  }
  const cache = cacheOver(new MapStore<string, number>(), { capacity: 1, policy })
  cache.put('a', 1)
  cache.put('a', 2)
  cache.get('a')
  cache.put('b', 1)
  cache.invalidate('b')
  expect(told).toEqual(['insert a', 'update a', 'hit a', 'evict for b of 1', 'insert b', 'remove'])
})

describe.each(['insert', 'update', 'hit', 'remove', 'evict'] as const)(
  'a policy whose %s throws',
  (method) => {
    test('leaves no older value resident and corrupts nothing', () => {
      let armed = false
      const boom = new Error('boom')
      const policy: EvictionPolicy = {
        name: 'throwing',
        create(residents) {
          const books = lru().create(residents)
          const original = books[method] as (argument: unknown) => never
          const replaced = (argument: unknown) => {
            if (armed) throw boom
            return original.call(books, argument)
          }
          return Object.assign(books, { [method]: replaced }) as PolicyBooks<never>
        },
      }
      const store = new MapStore<string, number>()
      const cache = cacheOver(store, { capacity: 2, policy })
      const steps: (() => unknown)[] = [
        () => cache.put('a', 10),
        () => cache.get('a'),
        () => cache.put('d', 40),
        () => cache.get('b'),
        () => cache.invalidate('a'),
        () =>
          cache.putMany([
            ['a', 11],
            ['b', 21],
            ['c', 31],
          ]),
        () => cache.getMany(['a', 'b', 'c', 'd']),
      ]
      let threw = 0
      for (const step of steps) {
        armed = false
        cache.evictAll()
        for (const key of ['a', 'b']) cache.put(key, 1)
        armed = true
        try {
          step()
        } catch (error) {
          expect(error).toBe(boom)
          // Its books cannot be trusted any more.
          expect(cache.size).toBe(0)
          threw++
        }
        cache.assertInvariants()
        for (const [key, value] of cache.entries()) expect(value).toBe(store.entries.get(key))
      }
      expect(threw).toBeGreaterThan(0)
      armed = false
      cache.put('z', 26)
      expect(cache.get('z')).toBe(26)
    })
  },
)

test('a policy that evicts a slot which is empty is found out', () => {
  const policy: EvictionPolicy = {
    name: 'lost',
    create: () => ({ insert() {}, update() {}, remove() {}, evict: () => 7 }),
  }
  const cache = cacheOver(new MapStore<string, number>(), { capacity: 1, policy })
  cache.put('a', 1)
  expect(() => cache.put('b', 2)).toThrow(/policy lost evicted slot 7/)
  expect(cache.size).toBe(0)
  expect(cache.get('b')).toBe(2)
})

test('a slot list keeps its order through growth, moves and removals', () => {
  const list = new SlotLists()
  for (let slot = 0; slot < 100; slot++) list.pushNewest(slot)
  for (let slot = 0; slot < 100; slot += 2) list.remove(slot)
  list.moveToNewest(1)
  list.moveToNewest(1)
  list.pushNewest(0)
  list.assertInvariants()
  expect(list.oldest()).toBe(3)
  expect([...list.slots()].slice(-3)).toEqual([99, 1, 0])
  for (const slot of [...list.slots()]) list.remove(slot)
  expect(list.oldest()).toBe(-1)
  list.assertInvariants()
})
