import { newVersion, StoreError } from '@wt/core'
import { InMemoryStore } from '@wt/store-memory'
import { afterEach, describe, expect, test, vi } from 'vitest'

function storeErrorOf(action: () => unknown): StoreError {
  try {
    action()
  } catch (error) {
    if (StoreError.is(error)) return error
    throw error
  }
  return expect.fail('nothing was thrown')
}

describe('bounds', () => {
  test('a new key beyond maxEntries is STORE_FULL and changes nothing; overwriting and a freed place are fine', () => {
    const store = new InMemoryStore<string, number>({ maxEntries: 2 })
    store.store('a', 1)
    store.store('b', 2)
    expect(storeErrorOf(() => store.store('c', 3))).toMatchObject({
      code: 'STORE_FULL',
      applied: 'no',
      key: 'c',
    })
    expect(store.load('c')).toBeUndefined()
    store.store('a', 10)
    expect(store.load('a')).toBe(10)
    store.remove('b')
    store.store('c', 3)
    expect(store.size).toBe(2)
  })

  test('a batch that does not fit stores nothing', () => {
    const store = new InMemoryStore<string, number>({ maxEntries: 2 })
    store.store('a', 1)
    const batch: [string, number][] = [
      ['a', 9],
      ['b', 9],
      ['c', 9],
    ]
    expect(storeErrorOf(() => store.storeMany(batch)).code).toBe('STORE_FULL')
    expect([...store.keys()]).toEqual(['a'])
    expect(store.load('a')).toBe(1)
    expect(store.writeCount).toBe(1)
  })

  test.each([0, -1, 1.5, Number.NaN, '3', null])('maxEntries %p is a RangeError', (maxEntries) => {
    expect(() => new InMemoryStore({ maxEntries: maxEntries as number })).toThrow(RangeError)
  })
})

describe('counts', () => {
  test('writes and reads are counted, absent reads too, failed writes not', () => {
    const store = new InMemoryStore<string, number>({ maxEntries: 2 })
    store.store('a', 1)
    store.storeMany([
      ['a', 2],
      ['b', 3],
      ['b', 4],
    ])
    storeErrorOf(() => store.store('c', 1))
    store.load('a')
    store.load('absent')
    store.loadMany(['a', 'b'])
    expect(store.writeCount).toBe(3)
    expect(store.readCount).toBe(4)
    expect(store.size).toBe(2)
  })
})

describe('isolation', () => {
  test('copies objects in and out, with what structured clone holds', () => {
    const store = new InMemoryStore<string, Map<string, Date>>()
    const value = new Map([['a', new Date(0)]])
    store.store('k', value)
    value.clear()
    const loaded = store.load('k')
    expect(loaded).toEqual(new Map([['a', new Date(0)]]))
    loaded?.clear()
    expect(store.load('k')?.size).toBe(1)
  })

  test('clone: false hands out what it was given; a function is used both ways', () => {
    const value = { n: 1 }
    const bare = new InMemoryStore<string, { n: number }>({ clone: false })
    bare.store('k', value)
    expect(bare.load('k')).toBe(value)
    const counted = new InMemoryStore<string, { n: number }>({ clone: ({ n }) => ({ n: n + 1 }) })
    counted.store('k', value)
    expect(counted.load('k')).toEqual({ n: 3 })
    expect(() => new InMemoryStore({ clone: true as never })).toThrow(TypeError)
  })

  test('a value that cannot be cloned is INVALID_VALUE, and the older one stays', () => {
    const store = new InMemoryStore<string, unknown>()
    store.store('k', 1)
    expect(storeErrorOf(() => store.store('k', { f() {} }))).toMatchObject({
      code: 'INVALID_VALUE',
      applied: 'no',
    })
    expect(
      storeErrorOf(() =>
        store.storeMany([
          ['k', 2],
          ['l', { f() {} }],
        ]),
      ).code,
    ).toBe('INVALID_VALUE')
    expect(store.load('k')).toBe(1)
  })
})

describe('versions', () => {
  test('a conditional write that fits is made, and counted; one that comes too late changes nothing', () => {
    const store = new InMemoryStore<string, number>()
    const version = newVersion()
    expect(store.storeIf('a', 1, undefined, version)).toBe(true)
    expect(store.storeIf('a', 2, undefined, newVersion())).toBe(false)
    expect(store.loadVersioned('a')).toEqual({ value: 1, version })
    store.store('a', 3)
    expect(store.storeIf('a', 4, version, newVersion())).toBe(false)
    expect(store.removeIf('a', version)).toBe(false)
    expect(store.removeIf('a', store.loadVersioned('a')!.version)).toBe(true)
    expect(store.loadVersioned('a')).toBeUndefined()
    expect(store).toMatchObject({ size: 0, writeCount: 2, readCount: 3 })
  })

  test('every plain write changes the version, also of the same value and after a remove', () => {
    const store = new InMemoryStore<string, number>()
    const versions = new Set<string>()
    const writes = [
      () => store.store('a', 1),
      () => store.store('a', 1),
      () => store.storeMany([['a', 1]]),
      () => [store.remove('a'), store.store('a', 1)],
      () => [store.removeMany(['a']), store.store('a', 1)],
    ]
    for (const write of writes) {
      write()
      const { version } = store.loadVersioned('a')!
      expect(store.loadVersioned('a')!.version).toBe(version)
      versions.add(version)
    }
    expect(versions.size).toBe(writes.length)
  })

  test('a full store takes a conditional write of a key that is there, and no other', () => {
    const store = new InMemoryStore<string, number>({ maxEntries: 1 })
    store.store('a', 1)
    const full = storeErrorOf(() => store.storeIf('b', 1, undefined, newVersion()))
    expect(full).toMatchObject({ code: 'STORE_FULL', applied: 'no', key: 'b' })
    expect(store.storeIf('a', 2, store.loadVersioned('a')!.version, newVersion())).toBe(true)
    expect(store.load('a')).toBe(2)
  })

  test('values are copied in and out', () => {
    const store = new InMemoryStore<string, { n: number }>()
    const value = { n: 1 }
    store.storeIf('a', value, undefined, newVersion())
    value.n = 2
    store.loadVersioned('a')!.value.n = 3
    expect(store.load('a')).toEqual({ n: 1 })
    expect(() => store.storeIf('a', undefined as never, undefined, newVersion())).toThrow(TypeError)
  })
})

describe('leases', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  test('are granted to one holder, until released by it or over', () => {
    vi.useFakeTimers({ toFake: ['performance'] })
    const store = new InMemoryStore<string, number>({ maxEntries: 1 })
    expect(store.acquireLease('a', 'one', 100)).toBe(true)
    expect(store.acquireLease('a', 'one', 100)).toBe(false)
    expect(store.acquireLease('b', 'two', 300)).toBe(true)
    store.releaseLease('a', 'two')
    vi.advanceTimersByTime(99)
    expect(store.acquireLease('a', 'two', 100)).toBe(false)
    vi.advanceTimersByTime(1)
    expect(store.acquireLease('a', 'two', 100)).toBe(true)
    store.releaseLease('a', 'one')
    expect(store.acquireLease('a', 'one', 100)).toBe(false)
    store.releaseLease('a', 'two')
    expect(store.acquireLease('a', 'one', 100)).toBe(true)
  })

  test('are no entries', () => {
    const store = new InMemoryStore<string, number>({ maxEntries: 1 })
    expect(store.acquireLease('a', 'one', 60_000)).toBe(true)
    expect(store).toMatchObject({ size: 0, writeCount: 0, readCount: 0 })
    expect([...store.keys()]).toEqual([])
    store.store('b', 1)
    expect(store.acquireLease('c', 'one', 60_000)).toBe(true)
  })
})

test('a closed store frees its entries and answers CLOSED, with the key', () => {
  const store = new InMemoryStore<string, number>()
  store.store('a', 1)
  store.close()
  store.close()
  expect(store.size).toBe(0)
  expect(storeErrorOf(() => store.load('a'))).toMatchObject({ code: 'CLOSED', key: 'a', applied: 'no' })
  expect(storeErrorOf(() => store.loadVersioned('a'))).toMatchObject({ code: 'CLOSED', key: 'a' })
  expect(storeErrorOf(() => store.storeIf('a', 1, undefined, '1'))).toMatchObject({ code: 'CLOSED' })
  expect(storeErrorOf(() => store.removeIf('a', '1'))).toMatchObject({ code: 'CLOSED' })
  expect(storeErrorOf(() => store.acquireLease('a', '1', 1))).toMatchObject({ code: 'CLOSED', key: 'a' })
  expect(storeErrorOf(() => store.releaseLease('a', '1'))).toMatchObject({ code: 'CLOSED', key: 'a' })
})
