import { describe, expect, test } from 'vitest'
import { adaptive, s3Fifo, wTinyLfu } from '../../src/index.ts'
import { FrequencySketch } from '../../src/policies/frequency-sketch.ts'
import { GhostList } from '../../src/policies/ghost-list.ts'
import { keyHash } from '../../src/policies/key-hash.ts'
import { Newcomer } from '../../src/policies/newcomer.ts'
import { cacheOver, MapStore } from '../fixtures.ts'
import { randomNumbers } from './random.ts'

describe.each([
  ['s3Fifo', s3Fifo],
  ['wTinyLfu', wTinyLfu],
  ['adaptive', adaptive],
])('%s', (name, policy) => {
  test('takes strings, numbers, bigints, booleans and null as keys', () => {
    const keys = [
      '',
      'ä',
      'a',
      0,
      -0,
      1.5,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      2 ** 40,
      7n,
      -7n,
      true,
      null,
    ]
    const cache = cacheOver(new MapStore<unknown, number>(), { capacity: 3, policy: policy() })
    for (let round = 0; round < 3; round++) for (const key of keys) cache.put(key, round)
    expect(cache.size).toBe(3)
  })

  test('refuses an object as a key with a TypeError that names the option; the write is in the store', () => {
    const store = new MapStore<object, number>()
    const cache = cacheOver(store, { capacity: 3, policy: policy() })
    const key = { id: 1 }
    expect(() => cache.put(key, 1)).toThrow(
      new TypeError(
        `${name}: a key of type object has no hash; give one, such as ${name}({ hash: (key) => key.id })`,
      ),
    )
    expect(store.entries.get(key)).toBe(1)
    expect(cache.size).toBe(0)
  })

  test('takes objects as keys with a hash', () => {
    const options = { hash: (key: { id: number }) => key.id }
    const cache = cacheOver(new MapStore<object, number>(), { capacity: 3, policy: policy(options) })
    const keys = Array.from({ length: 10 }, (_, id) => ({ id }))
    for (const key of keys) cache.put(key, key.id)
    expect(cache.size).toBe(3)
  })

  test('asks for the hash of a key once a miss, and never for a hit', () => {
    const hashed: number[] = []
    const hash = (key: number): number => {
      hashed.push(key)
      return key
    }
    const cache = cacheOver(new MapStore<number, number>(), { capacity: 3, policy: policy({ hash }) })
    for (const key of [1, 2, 3, 4, 5]) {
      cache.put(key, key)
      cache.put(key, -key)
      cache.get(key)
    }
    expect(hashed).toEqual([1, 2, 3, 4, 5])
  })

  test('a hash that is no function, or answers no number, is a TypeError', () => {
    expect(() => policy({ hash: 1 as never })).toThrow(
      new TypeError(`${name}: hash is a function (key) => number`),
    )
    const cache = cacheOver(new MapStore<string, number>(), { policy: policy({ hash: () => 'a' as never }) })
    expect(() => cache.put('a', 1)).toThrow(
      new TypeError(`${name}: hash answered a; it has to answer a number`),
    )
  })

  test('keys that all have one hash are kept apart', () => {
    const random = randomNumbers(1)
    const cache = cacheOver(new MapStore<number, number>(), {
      capacity: 20,
      policy: policy({ hash: () => 1 }),
    })
    const written = new Map<number, number>()
    for (let step = 0; step < 5000; step++) {
      const key = random(60)
      if (random(3) > 0) {
        expect(cache.get(key)).toBe(written.get(key))
      } else {
        cache.put(key, step)
        written.set(key, step)
      }
      expect(cache.size).toBeLessThanOrEqual(20)
    }
    expect(cache.stats().cacheHits).toBeGreaterThan(0)
  })
})

describe('the hash of a key', () => {
  const hash = keyHash('test')

  test('is the same for keys that a Map holds equal', () => {
    expect(hash(-0)).toBe(hash(0))
    expect(hash(Number.NaN)).toBe(hash(new Float64Array(new BigInt64Array([-1n]).buffer)[0]))
    expect(hash(12n)).toBe(hash(10n + 2n))
    expect(hash(`a${'b'}`)).toBe(hash('ab'))
  })

  test.each<[string, (id: number) => unknown]>([
    ['integers', (id) => id],
    ['multiples of 1,024', (id) => id * 1024],
    ['integers above 2^32', (id) => 2 ** 33 + id * 2 ** 32],
    ['fractions', (id) => id + 0.5],
    ['strings', (id) => `key-${id}`],
    ['bigints', (id) => BigInt(id) << 70n],
  ])('spreads %s evenly over its lowest and its highest bits', (_what, keyOf) => {
    const lowest = new Array<number>(64).fill(0)
    const highest = new Array<number>(64).fill(0)
    for (let id = 0; id < 6400; id++) {
      const bits = hash(keyOf(id))
      lowest[bits & 63]!++
      highest[bits >>> 26]!++
    }
    // A hundred each is expected, with a standard deviation of ten.
    for (const count of [...lowest, ...highest]) expect(count).toSatisfy((n: number) => n > 50 && n < 150)
  })
})

test('of a newcomer that room was made for, and that did not come, nothing is taken for the next', () => {
  const hash = keyHash('test')
  const newcomer = new Newcomer<string>(hash)
  expect(newcomer.meet('a')).toBe(true)
  expect(newcomer.meet('a')).toBe(false)
  expect(newcomer.meet('b')).toBe(true)
  expect(newcomer.hash).toBe(hash('b'))
  newcomer.forget()
  expect(newcomer.meet('b')).toBe(true)
})

describe('a frequency sketch', () => {
  const hash = keyHash('test')

  test('never says less than was counted, up to fifteen', () => {
    const sketch = new FrequencySketch()
    sketch.ensureCapacity(1000)
    for (let id = 0; id < 600; id++) for (let use = 0; use < id % 20; use++) sketch.increment(hash(id))
    for (let id = 0; id < 600; id++) {
      expect(sketch.frequency(hash(id))).toBeGreaterThanOrEqual(Math.min(15, id % 20))
      expect(sketch.frequency(hash(id))).toBeLessThanOrEqual(15)
    }
  })

  test('seldom says more than was counted', () => {
    const sketch = new FrequencySketch()
    sketch.ensureCapacity(1000)
    for (let id = 0; id < 1000; id++) for (let use = 0; use < id % 5; use++) sketch.increment(hash(id))
    let wrong = 0
    for (let id = 0; id < 1000; id++) if (sketch.frequency(hash(id)) !== id % 5) wrong++
    expect(wrong).toBeLessThan(50)
  })

  test('halves its counts after ten uses an entry', () => {
    const sketch = new FrequencySketch()
    sketch.ensureCapacity(100)
    for (let use = 0; use < 12; use++) sketch.increment(hash('favourite'))
    for (let id = 12; id < 999; id++) sketch.increment(hash(id))
    expect(sketch.frequency(hash('favourite'))).toBeGreaterThanOrEqual(12)
    sketch.increment(hash('the thousandth'))
    expect(sketch.frequency(hash('favourite'))).toBeLessThan(12)
    expect(sketch.frequency(hash('favourite'))).toBeGreaterThanOrEqual(6)
    // What is left counts as five uses an entry.
    for (let id = 0; id < 499; id++) expect(sketch.increment(hash(id))).toBe(false)
    expect(sketch.increment(hash('the last'))).toBe(true)
  })

  test('forgets nothing when it grows', () => {
    const sketch = new FrequencySketch()
    for (let use = 0; use < 7; use++) sketch.increment(hash('a'))
    sketch.ensureCapacity(5000)
    expect(sketch.frequency(hash('a'))).toBe(7)
    expect(sketch.frequency(hash('never seen'))).toBe(0)
  })
})

test('a ghost list is what an array of hashes would be, whatever happens', () => {
  for (const seed of [1, 2, 3]) {
    const random = randomNumbers(seed)
    const list = new GhostList()
    let model: (number | undefined)[] = []
    for (let step = 0; step < 4000; step++) {
      const hash = random(8) * 65_536 + random(40)
      const said = `seed ${seed}, step ${step}`
      if (random(3) === 0) {
        expect(list.take(hash), said).toBe(model.includes(hash))
        model = model.map((each) => (each === hash ? undefined : each))
      } else {
        const limit = step % 1000 === 0 ? 0 : Math.floor(step / 20)
        list.add(hash, limit)
        model = model.map((each) => (each === hash ? undefined : each))
        model = limit === 0 ? [] : [...model, hash].slice(-limit)
      }
      expect(list.size, said).toBe(model.length)
      if (step % 50 === 0)
        for (let each = 0; each < 40; each++) expect(list.has(each), said).toBe(model.includes(each))
    }
  }
})
