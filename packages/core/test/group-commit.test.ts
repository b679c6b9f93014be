import { getEventListeners } from 'node:events'
import { afterEach, describe, expect, test, vi } from 'vitest'
import {
  type AsyncBackingStore,
  BulkStoreError,
  type Change,
  groupCommit,
  type GroupCommitOptions,
  StoreError,
} from '../src/index.ts'
import { HeldStore } from './group-commit/held-store.ts'
import { MapStore } from './fixtures.ts'
import { settle as settleTurn } from './slow-store.ts'

afterEach(() => void vi.useRealTimers())

/** Lets everything run that can, over some turns: a batch begins at the end of one. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await settleTurn()
}

function grouped(options: Partial<GroupCommitOptions> = {}, store: HeldStore = new HeldStore()) {
  const group = groupCommit(store, { maxBatch: 100, ...options }) as Required<
    AsyncBackingStore<string, unknown>
  >
  return { store, group }
}

/** `'ok'`, or the error, once it is answered; `'waits'` until then. */
function outcomeOf(promise: unknown): { now: unknown } {
  const outcome: { now: unknown } = { now: 'waits' }
  Promise.resolve(promise).then(
    (answer) => {
      outcome.now = answer === undefined ? 'ok' : answer
    },
    (error: unknown) => {
      outcome.now = error
    },
  )
  return outcome
}

describe('calls share a commit', () => {
  test('when they are of the same turn, and each is answered when the batch is', async () => {
    const { store, group } = grouped()
    const outcomes = [
      outcomeOf(group.store('a', 1)),
      outcomeOf(group.store('b', 2)),
      outcomeOf(
        group.storeMany([
          ['c', 3],
          ['d', 4],
        ]),
      ),
    ]
    await settle()
    expect(store.write.name).toBe('storeMany a=1 b=2 c=3 d=4')
    expect(outcomes.map(({ now }) => now)).toEqual(['waits', 'waits', 'waits'])
    store.write.go()
    await settle()
    expect(outcomes.map(({ now }) => now)).toEqual(['ok', 'ok', 'ok'])
    expect(store.log).toHaveLength(1)
  })

  test('when some of them come later in the turn', async () => {
    const { store, group } = grouped()
    const later = async (ticks: number, key: string) => {
      for (let tick = 0; tick < ticks; tick++) await undefined
      return group.store(key, ticks)
    }
    void Promise.all([later(0, 'a'), later(10, 'b'), later(50, 'c')])
    await settle()
    expect(store.write.name).toBe('storeMany a=0 b=10 c=50')
    store.write.go()
  })

  test('when they are made while a batch is on its way, together with those of who has just been answered', async () => {
    const { store, group } = grouped()
    const first = group.store('a', 1)
    void Promise.resolve(first).then(() => group.store('a', 3))
    await settle()
    void group.store('b', 1)
    await settle()
    void group.store('c', 2)
    await settle()
    expect(store.write.name).toBe('store a=1')
    store.write.go()
    await settle()
    expect(store.write.name).toBe('storeMany b=1 c=2 a=3')
    store.write.go()
  })

  test('a call alone is made as it came, with its signal', async () => {
    const { store, group } = grouped()
    const { signal } = new AbortController()
    void group.store('a', 1, { signal })
    await settle()
    expect(store.write.name).toBe('store a=1')
    expect(store.write.options?.signal).toBe(signal)
    store.write.go()
    await settle()
    void group.storeMany([['b', 2]])
    await settle()
    expect(store.write.name).toBe('storeMany b=2')
    store.write.go()
  })

  test('of at most maxBatch entries; a larger batch of a caller goes whole, by itself', async () => {
    const { store, group } = grouped({ maxBatch: 2 })
    store.judge = () => undefined
    const three = ['x', 'y', 'z'].map((key) => [key, 0] as const)
    await Promise.all([
      ...['a', 'b', 'c'].map((key) => group.store(key, 1)),
      group.storeMany(three),
      group.store('d', 1),
      group.store('e', 1),
      group.store('f', 1),
    ])
    expect(store.log).toEqual([
      'storeMany a=1 b=1',
      'storeMany c=1 d=1',
      'storeMany x=0 y=0 z=0',
      'storeMany e=1 f=1',
    ])
  })

  test('with maxDelayMs a first call waits that long for others, and no longer than until maxBatch are there', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { store, group } = grouped({ maxBatch: 3, maxDelayMs: 20 })
    store.judge = () => undefined
    void group.store('a', 1)
    await settle()
    vi.advanceTimersByTime(19)
    await settle()
    void group.store('b', 1)
    await settle()
    expect(store.log).toEqual([])
    vi.advanceTimersByTime(1)
    await settle()
    expect(store.log).toEqual(['storeMany a=1 b=1'])
    await settle()
    for (const key of ['c', 'd', 'e']) void group.store(key, 1)
    await settle()
    expect(store.log).toEqual(['storeMany a=1 b=1', 'storeMany c=1 d=1 e=1'])
    await settle()
    void group.store('f', 1)
    await settle()
    expect(store.log).toHaveLength(2)
    vi.advanceTimersByTime(20)
    await settle()
    expect(store.log[2]).toBe('store f=1')
  })
})

describe('the writes of a key keep their order', () => {
  test('a remove has its place among the stores of its key, and others do not wait for it', async () => {
    const { store, group } = grouped()
    store.judge = () => undefined
    const removed = [outcomeOf, outcomeOf].map((outcome, index) => {
      void group.store('a', index)
      void group.store(`other ${index}`, index)
      return outcome(group.remove('a'))
    })
    await group.store('a', 9)
    expect(store.log).toEqual([
      'storeMany a=0 other 0=0 other 1=1',
      'remove a',
      'store a=1',
      'remove a',
      'store a=9',
    ])
    expect(removed.map(({ now }) => now)).toEqual([true, true])
    expect(store.entries.get('a')).toBe(9)
  })

  test('removes of different keys are made together, two of one key one after the other', async () => {
    const { store, group } = grouped()
    store.entries.set('a', 1)
    const removed = ['a', 'b', 'a'].map((key) => outcomeOf(group.remove(key)))
    await settle()
    expect(store.held.map(({ name }) => name)).toEqual(['remove a', 'remove b'])
    for (const write of [...store.held]) write.go()
    await settle()
    store.write.go()
    await settle()
    expect(removed.map(({ now }) => now)).toEqual([true, false, false])
  })

  test('a batch waits behind a remove of one of its keys, and whatever names its keys waits behind it', async () => {
    const { store, group } = grouped()
    store.judge = () => undefined
    const batch = (value: number) => ['a', 'b'].map((key): readonly [string, unknown] => [key, value])
    await Promise.all([
      group.store('c', 1),
      group.remove('a'),
      group.storeMany(batch(2)),
      group.store('b', 3),
    ])
    expect(store.log).toEqual(['store c=1', 'remove a', 'storeMany a=2 b=2 b=3'])
    expect([...store.entries]).toEqual([
      ['c', 1],
      ['a', 2],
      ['b', 3],
    ])
  })

  test('removeMany keeps its place as well', async () => {
    const store = Object.assign(new HeldStore(), {
      removeMany: (keys: Iterable<string>) => {
        store.log.push(`removeMany ${[...keys]}`)
        return Promise.resolve([...keys].filter((key) => store.entries.delete(key)).length)
      },
    })
    const { group } = grouped({}, store)
    store.judge = () => undefined
    void group.store('a', 1)
    const existed = group.removeMany(new Set(['a', 'b']))
    await group.store('a', 2)
    expect(await existed).toBe(1)
    expect(store.log).toEqual(['store a=1', 'removeMany a,b', 'store a=2'])
  })

  test('a read goes to the store at once', async () => {
    const { store, group } = grouped()
    store.entries.set('a', 1)
    void group.store('a', 2)
    expect(await group.load('a')).toBe(1)
    await settle()
    expect(await group.load('a')).toBe(1)
    store.write.go()
  })
})

const full = new StoreError('STORE_FULL', 'full')

describe('a batch that failed', () => {
  test("with 'no' is made again call by call, before any later batch; the refused call fails alone", async () => {
    const { store, group } = grouped()
    const outcomes = [
      outcomeOf(group.store('a', 1)),
      outcomeOf(
        group.storeMany([
          ['b', 2],
          ['c', 2],
        ]),
      ),
      outcomeOf(group.store('bad', 3)),
      outcomeOf(group.store('a', 4)),
    ]
    await settle()
    void group.store('later', 5)
    const calls = [
      'storeMany a=1 b=2 c=2 bad=3 a=4',
      'store a=1',
      'storeMany b=2 c=2',
      'store bad=3',
      'store a=4',
    ]
    for (const name of calls) {
      expect(store.write.name).toBe(name)
      if (name.includes('bad')) store.write.fail(full)
      else store.write.go()
      await settle()
    }
    expect(store.write.name).toBe('store later=5')
    store.write.go()
    expect(outcomes.map(({ now }) => now)).toEqual(['ok', 'ok', full, 'ok'])
    expect(store.entries.get('a')).toBe(4)
  })

  test.each([
    [new StoreError('WRITE_FAILURE', 'the disk is gone', { applied: 'unknown' }), 'WRITE_FAILURE', 'unknown'],
    [new StoreError('STORE_FULL', 'perhaps', { applied: 'unknown' }), 'STORE_FULL', 'unknown'],
    [new StoreError('UNAVAILABLE', 'down', { applied: 'no' }), 'UNAVAILABLE', 'no'],
    [new StoreError('READ_ONLY', 'no writes'), 'READ_ONLY', 'no'],
    [new StoreError('CLOSED', 'closed'), 'CLOSED', 'no'],
    [new Error('no idea'), 'WRITE_FAILURE', 'unknown'],
  ])(
    'with what may have happened, or is nobody’s fault, is told to every caller: %s',
    async (cause, code, applied) => {
      const { store, group } = grouped()
      store.judge = () => cause
      const one = outcomeOf(group.store('a', 1))
      const many = outcomeOf(group.storeMany([['b', 2]]))
      await settle()
      expect(store.log).toEqual(['storeMany a=1 b=2'])
      expect(one.now).toMatchObject({ name: 'StoreError', code, applied, cause, key: 'a' })
      expect((one.now as Error).message).toMatch(/^store of "a": the commit that it shared failed: /)
      expect(many.now).toMatchObject({ name: 'StoreError', code, applied, cause })
      expect((many.now as StoreError).key).toBeUndefined()
    },
  )

  test('and is then BUSY call by call does not wait for the lock once for each', async () => {
    const { store, group } = grouped()
    const busy = new StoreError('BUSY', 'locked')
    store.judge = (name) => (name === 'store a=1' ? undefined : busy)
    const outcomes = ['a', 'b', 'c'].map((key, index) => outcomeOf(group.store(key, index + 1)))
    await settle()
    expect(store.log).toEqual(['storeMany a=1 b=2 c=3', 'store a=1', 'store b=2'])
    expect(outcomes[0]!.now).toBe('ok')
    expect(outcomes[1]!.now).toBe(busy)
    expect(outcomes[2]!.now).toMatchObject({ code: 'BUSY', applied: 'no', key: 'c' })
  })

  test('and then goes down call by call: what was not made again is certain to have changed nothing', async () => {
    const { store, group } = grouped()
    store.judge = (name) => (name.startsWith('storeMany') ? full : new StoreError('UNAVAILABLE', 'down'))
    const outcomes = ['a', 'b'].map((key) => outcomeOf(group.store(key, 1)))
    await settle()
    expect(outcomes[0]!.now).toMatchObject({ code: 'UNAVAILABLE', applied: 'unknown' })
    expect(outcomes[1]!.now).toMatchObject({ code: 'UNAVAILABLE', applied: 'no' })
    expect(store.log).toEqual(['storeMany a=1 b=1', 'store a=1'])
  })

  test('key by key is told key by key', async () => {
    const { store, group } = grouped()
    const failures = new Map([['b', full]])
    const others = outcomeOf(group.store('d', 1))
    const outcomes = [
      outcomeOf(group.store('a', 1)),
      outcomeOf(group.store('b', 1)),
      outcomeOf(group.store('c', 1)),
      outcomeOf(group.storeMany([['a', 2]])),
      outcomeOf(
        group.storeMany([
          ['a', 3],
          ['b', 3],
          ['c', 3],
        ]),
      ),
    ]
    await settle()
    // The last call names them all, so that nobody's value was superseded by a refused one but b's.
    store.judge = () => undefined
    const told = new Map([...failures, ['d', full] as const])
    store.write.fail(new BulkStoreError('some failed', told, ['a', 'elsewhere']))
    await settle()
    expect(others.now).toBe(full)
    expect(outcomes.map(({ now }) => now).slice(0, 2)).toEqual(['ok', 'ok'])
    expect(outcomes[2]!.now).toMatchObject({ code: 'WRITE_FAILURE', applied: 'unknown', key: 'c' })
    expect(outcomes[3]!.now).toBe('ok')
    expect(outcomes[4]!.now).toSatisfy(BulkStoreError.is)
    expect(outcomes[4]!.now).toMatchObject({ failures, written: ['a'] })
  })

  test('because of another’s value of the same key: the call that was superseded is made by itself', async () => {
    const { store, group } = grouped()
    const outcomes = [
      outcomeOf(group.store('a', 1)),
      outcomeOf(group.store('a', 2)),
      outcomeOf(group.store('b', 3)),
    ]
    await settle()
    store.judge = () => undefined
    store.write.fail(new BulkStoreError('one failed', new Map([['a', full]]), ['b']))
    await settle()
    expect(outcomes.map(({ now }) => now)).toEqual(['ok', full, 'ok'])
    expect(store.log.slice(1)).toEqual(['store a=1'])
    expect(store.entries.get('a')).toBe(1)
  })
})

describe('giving up', () => {
  test("a call aborted while it is queued leaves with 'no', and is never sent", async () => {
    const { store, group } = grouped()
    const controller = new AbortController()
    const { signal } = controller
    void group.store('a', 1)
    const queued = [
      group.store('b', 1, { signal }),
      group.storeMany([['c', 1]], { signal }),
      group.remove('a', { signal }),
    ].map(outcomeOf)
    const reason = new Error('enough')
    controller.abort(reason)
    const late = outcomeOf(group.store('d', 1, { signal }))
    await settle()
    expect(store.write.name).toBe('store a=1')
    for (const { now } of [...queued, late]) {
      expect(now).toMatchObject({ code: 'ABORTED', applied: 'no', cause: reason })
    }
    expect(queued[0]!.now).toMatchObject({ key: 'b' })
    store.write.go()
    await settle()
    expect(store.log).toEqual(['store a=1'])
  })

  test('a call aborted when its batch is on its way is answered with the batch', async () => {
    const { store, group } = grouped()
    const controller = new AbortController()
    const { signal } = controller
    const outcome = outcomeOf(group.store('a', 1, { signal }))
    void group.store('b', 1)
    await settle()
    expect(getEventListeners(signal, 'abort')).toEqual([])
    controller.abort()
    await settle()
    expect(outcome.now).toBe('waits')
    store.write.go()
    await settle()
    expect(outcome.now).toBe('ok')
  })
})

describe('close', () => {
  test('makes what is queued, then closes the store; afterwards every write is CLOSED', async () => {
    const store = Object.assign(new HeldStore(), { close: () => void store.log.push('close') })
    const { group } = grouped({ maxDelayMs: 1_000_000 }, store)
    const outcome = outcomeOf(group.store('a', 1))
    const closed = outcomeOf(group.close())
    const after = [group.store('b', 1), group.storeMany([]), group.remove('b')].map(outcomeOf)
    await settle()
    for (const { now } of after) expect(now).toMatchObject({ code: 'CLOSED', applied: 'no' })
    expect(closed.now).toBe('waits')
    store.write.go()
    await settle()
    expect([outcome.now, closed.now]).toEqual(['ok', 'ok'])
    await group.close()
    expect(store.log).toEqual(['store a=1', 'close'])
  })
})

describe('what the store has', () => {
  test('and no more, is passed on', async () => {
    const { group } = grouped()
    expect(Object.keys(group).sort()).toEqual(['load', 'remove', 'store', 'storeMany'])
    const change: Change<string> = { type: 'all' }
    const store = Object.assign(new HeldStore(), {
      durability: 'power' as const,
      lateWrites: true,
      loadMany: (keys: Iterable<string>) => new Map([...keys].map((key) => [key, key])),
      keys: () => ['a', 'b'],
      revision: () => 7,
      subscribe: (listener: (change: Change<string>) => void) => {
        listener(change)
        return () => {}
      },
    })
    const full = grouped({}, store).group
    expect(full.durability).toBe('power')
    expect(full.lateWrites).toBe(true)
    expect(await full.loadMany(['x'])).toEqual(new Map([['x', 'x']]))
    expect(full.keys()).toEqual(['a', 'b'])
    expect(await full.revision()).toBe(7)
    const changes: unknown[] = []
    await full.subscribe((each) => void changes.push(each))
    expect(changes).toEqual([change])
    expect('removeMany' in full || 'close' in full).toBe(false)
  })

  test('may be synchronous: what it throws is a rejection', async () => {
    const store = Object.assign(new MapStore<string, number>(1), {
      storeMany: () => {
        throw full
      },
      loadMany: () => {
        throw new StoreError('READ_FAILURE', 'broken')
      },
    })
    const group = groupCommit<string, number>(store, { maxBatch: 10 })
    const outcomes = [group.store('a', 1), group.store('b', 2), group.loadMany?.([])].map(outcomeOf)
    await settle()
    expect(outcomes.map(({ now }) => now)).toMatchObject([
      'ok',
      { code: 'STORE_FULL' },
      { code: 'READ_FAILURE' },
    ])
  })
})

describe('a value is taken as it is at the call', () => {
  class Money {
    amount = 1
  }

  test('plain data, bytes and collections are copied, to any depth', async () => {
    const { store, group } = grouped()
    const list: unknown[] = [1, [2]]
    const bytes = Buffer.from('abc')
    const plain = Object.assign(Object.create(null), { list })
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    const member = { x: 1 }
    const named = Object.defineProperty({}, '__proto__', {
      value: member,
      enumerable: true,
      configurable: true,
    })
    const value = {
      plain,
      bytes,
      memory: bytes.buffer.slice(0, 1),
      map: new Map([['k', list]]),
      set: new Set([list]),
      at: new Date(5),
      cycle,
      named,
      none: null,
    }
    const before = structuredClone({ ...value, bytes: new Uint8Array(bytes) })
    void group.store('a', value)
    void group.storeMany([['b', value]])
    list.push(3)
    bytes.fill(0)
    new Uint8Array(value.memory).fill(9)
    value.map.clear()
    value.set.clear()
    value.at.setTime(0)
    cycle.self = undefined
    member.x = 2
    value.none = 1 as unknown as null
    await settle()
    store.write.go()
    await settle()
    for (const key of ['a', 'b']) {
      const stored = store.entries.get(key) as typeof value
      expect({ ...stored, plain: { ...stored.plain }, bytes: new Uint8Array(stored.bytes) }).toEqual(before)
      expect(stored.map.get('k')).toBe(stored.plain.list)
      expect(Object.getPrototypeOf(stored.plain)).toBe(null)
    }
  })

  test('an instance of a class stays that instance, so that a codec sees what it was given', async () => {
    const { store, group } = grouped()
    store.judge = () => undefined
    const money = new Money()
    await group.store('a', { money })
    expect((store.entries.get('a') as { money: Money }).money).toBe(money)
  })
})

describe('wrong arguments', () => {
  test.each<[string, unknown, RegExp]>([
    ['no options', undefined, /give options/],
    ['no maxBatch', {}, /maxBatch/],
    ['maxBatch 0', { maxBatch: 0 }, /maxBatch/],
    ['a maxBatch that is no integer', { maxBatch: 1.5 }, /maxBatch/],
    ['a negative delay', { maxBatch: 1, maxDelayMs: -1 }, /maxDelayMs/],
    ['a delay that no timer takes', { maxBatch: 1, maxDelayMs: 2 ** 31 }, /maxDelayMs/],
    ['a delay that is no number', { maxBatch: 1, maxDelayMs: Number.NaN }, /maxDelayMs/],
    ['an unknown option', { maxBatch: 1, maxDelay: 1 }, /no option maxDelay;/],
  ])('%s: refused at once', (_what, options, message) => {
    const wrong = () => groupCommit(new HeldStore(), options as GroupCommitOptions)
    expect(wrong).toThrow(message)
    expect(wrong).toThrow(/^groupCommit: /)
  })

  test('a store without storeMany, or that is none, is a TypeError', () => {
    expect(() => groupCommit(new MapStore(), { maxBatch: 1 })).toThrow(/no storeMany/)
    expect(() => groupCommit({} as HeldStore, { maxBatch: 1 })).toThrow(TypeError)
  })

  test('undefined as a value, and entries that cannot be read, are told to their caller alone', async () => {
    const { store, group } = grouped()
    store.judge = () => undefined
    const broken = new Error('no more')
    function* entries(): Generator<[string, unknown]> {
      yield ['a', 1]
      throw broken
    }
    const outcomes = [
      group.store('a', undefined),
      group.storeMany([['a', undefined]]),
      group.storeMany(entries()),
      group.store('b', 1),
    ].map(outcomeOf)
    await settle()
    expect(outcomes[0]!.now).toBeInstanceOf(TypeError)
    expect((outcomes[0]!.now as Error).message).toBe('store of "a": undefined cannot be stored; use remove')
    expect(outcomes[1]!.now).toBeInstanceOf(TypeError)
    expect(outcomes[2]!.now).toBe(broken)
    expect(outcomes[3]!.now).toBe('ok')
    expect(store.log).toEqual(['store b=1'])
  })
})
