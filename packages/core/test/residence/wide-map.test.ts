import { expect, test } from 'vitest'
import { WideMap } from '../../src/residence/wide-map.ts'
import { WriteThroughCache } from '../../src/index.ts'
import { MapStore } from '../fixtures.ts'
import { randomNumbers } from '../policies/random.ts'

test('several Maps agree with one, whatever the keys are', () => {
  const objects = Array.from({ length: 100 }, (_, id) => ({ id }))
  const keys: unknown[] = [
    ...objects,
    ...objects.map(({ id }) => id),
    ...objects.map(({ id }) => `key ${id}`),
    ...objects.map(({ id }) => BigInt(id)),
    // All of one home, which holds a hundred of them.
    ...objects.flatMap(({ id }) => [`a${id}${'-'.repeat(20)}`, `b${id}${'-'.repeat(20)}`]),
    ...[Symbol('s'), null, true, false, Number.NaN, -0, 1.5, ''],
  ]
  const random = randomNumbers(3)
  const one = new Map<unknown, number>()
  const wide = new WideMap<unknown>(700, 100)
  for (let step = 0; step < 20_000; step++) {
    const key = keys[random(keys.length)]
    if (random(3) === 0) expect(wide.delete(key)).toBe(one.delete(key))
    else {
      wide.set(key, step)
      one.set(key, step)
    }
    expect(wide.get(key)).toBe(one.get(key))
    expect(wide.size).toBe(one.size)
  }
  expect(new Map(wide)).toEqual(one)
  expect(one.size).toBeGreaterThan(350)
  wide.clear()
  expect(wide.size).toBe(0)
  for (const key of keys) expect(wide.get(key)).toBeUndefined()
})

test('no Map gets more keys than it may hold, where all have the same home', () => {
  const maps = new Set<Map<unknown, unknown>>()
  const { set } = Map.prototype
  const wide = new WideMap<string>(300, 100)
  Map.prototype.set = function (key, value) {
    set.call(this, key, value)
    maps.add(this)
    return this
  }
  try {
    for (let id = 0; id < 300; id++) wide.set(`${id}${'-'.repeat(20)}`, id)
  } finally {
    Map.prototype.set = set
  }
  expect(Math.max(...Array.from(maps, ({ size }) => size))).toBe(100)
  for (let id = 0; id < 300; id++) expect(wide.get(`${id}${'-'.repeat(20)}`)).toBe(id)
})

test('a cache of more entries than one Map may have reads and writes as any other', () => {
  const cache = new WriteThroughCache<unknown, number>(new MapStore<unknown, number>(), {
    capacity: 2 ** 23 + 1,
  })
  const key = {}
  cache.put(key, 1)
  cache.put('a', 2)
  expect([cache.get(key), cache.get('a'), cache.get({})]).toEqual([1, 2, undefined])
  expect(cache.size).toBe(2)
  cache.invalidate(key)
  expect(cache.peek(key)).toBeUndefined()
  cache.assertInvariants()
})
