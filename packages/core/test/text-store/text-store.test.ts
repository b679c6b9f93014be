import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { bytes, StoreError } from '../../src/index.ts'
import { TextStore } from '../../src/node.ts'
import { keyOfRecordName, recordName } from '../../src/text-store/record-name.ts'
import { decodeTextRecord, encodeTextRecord } from '../../src/text-store/text-record.ts'

const SEED = 20_261_124

/** A medium whose calls the test may hold back or let fail. */
class Medium {
  readonly texts: Map<string, string> = new Map()
  readonly calls: string[] = []
  /** What the next call waits for. */
  delay: Promise<void> | undefined
  failure: Error | undefined
  closed = 0

  get(name: string): Promise<string | undefined> {
    return this.#call('get', () => this.texts.get(name))
  }

  set(name: string, text: string): Promise<void> {
    return this.#call('set', () => void this.texts.set(name, text))
  }

  delete(name: string): Promise<boolean> {
    return this.#call('delete', () => this.texts.delete(name))
  }

  names(): Iterable<string> {
    return this.texts.keys()
  }

  close(): void {
    this.closed++
  }

  async #call<T>(name: string, effect: () => T): Promise<T> {
    this.calls.push(name)
    const { delay, failure } = this
    this.delay = undefined
    this.failure = undefined
    await delay
    if (failure !== undefined) throw failure
    return effect()
  }
}

async function failureOf(promise: Promise<unknown>): Promise<StoreError> {
  const error = await promise.then(
    () => expect.fail('it did not reject'),
    (reason) => reason,
  )
  expect(error).toSatisfy(StoreError.is)
  return error
}

test('a name is tame, short, and differs where keys differ', () => {
  const keys = new Map<string, string>()
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[a-zA-Z0-9_:/.-]{0,70}$/)),
      (key) => {
        fc.pre(key.isWellFormed())
        const name = recordName(key)
        expect(name).toMatch(/^[a-z0-9_-]{5,69}$/)
        expect(keys.get(name) ?? key).toBe(key)
        keys.set(name, key)
        expect([{ key }, 'hashed']).toContainEqual(keyOfRecordName(name))
      },
    ),
    { seed: SEED, numRuns: 2000 },
  )
  for (const foreign of ['', 'key-', 'key-A', 'hash-12', 'other', `key-${'a'.repeat(65)}`]) {
    expect(keyOfRecordName(foreign)).toBeUndefined()
  }
})

test('a record brings back any key and any bytes, and a text that was changed anywhere is none', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      fc.oneof(
        fc.uint8Array(),
        fc.string({ unit: 'grapheme' }).map((text) => new TextEncoder().encode(text)),
      ),
      fc.nat(),
      (key, value, at) => {
        const text = encodeTextRecord({ key, bytes: value })
        expect(decodeTextRecord(text)).toEqual({ key, bytes: value })
        const place = at % text.length
        const changed = text.slice(0, place) + (text[place] === 'x' ? 'y' : 'x') + text.slice(place + 1)
        expect(decodeTextRecord(changed)).toBeUndefined()
        expect(decodeTextRecord(text.slice(0, place))).toBeUndefined()
      },
    ),
    { seed: SEED },
  )
  for (const none of [undefined, null, 5, '', 'wt1', {}]) expect(decodeTextRecord(none)).toBeUndefined()
})

describe('TextStore', () => {
  test('holds values, whatever the codec makes of them', async () => {
    const store = new TextStore<Uint8Array>(new Medium(), { codec: bytes() })
    const value = new Uint8Array([0, 255, 128])
    await store.store('a', value)
    expect(await store.load('a')).toEqual(value)
    expect(await store.remove('a')).toBe(true)
    expect(await store.remove('a')).toBe(false)
    expect(await store.load('a')).toBeUndefined()
  })

  test('what is damaged, or another’s, is CORRUPT, until it is stored or removed', async () => {
    const medium = new Medium()
    const store = new TextStore(medium)
    await store.store('a', 1)
    await store.store('b', 2)
    medium.texts.set('key-a', medium.texts.get('key-b')!)
    medium.texts.set('key-b', 'torn')
    expect((await failureOf(store.load('a'))).code).toBe('CORRUPT')
    expect((await failureOf(store.load('b'))).code).toBe('CORRUPT')
    await store.store('a', 3)
    expect(await store.load('a')).toBe(3)
    expect(await store.remove('b')).toBe(true)
    expect(await store.load('b')).toBeUndefined()
  })

  test('calls for one key go one after the other, those for another meanwhile', async () => {
    const medium = new Medium()
    const store = new TextStore(medium)
    const { promise, resolve } = Promise.withResolvers<void>()
    medium.delay = promise
    const slow = store.store('a', 1)
    const next = store.store('a', 2)
    const read = store.load('a')
    await store.store('b', 3)
    expect(medium.calls).toEqual(['set', 'set'])
    resolve()
    await Promise.all([slow, next])
    expect(await read).toBe(2)
  })

  test('a failure of the medium is told with its cause, a write’s as unknown', async () => {
    const medium = new Medium()
    const store = new TextStore(medium)
    medium.failure = new Error('no link')
    expect(await failureOf(store.store('a', 1))).toMatchObject({
      code: 'WRITE_FAILURE',
      applied: 'unknown',
      key: 'a',
    })
    medium.failure = new Error('no link')
    expect(await failureOf(store.load('a'))).toMatchObject({ code: 'READ_FAILURE', key: 'a' })
    medium.failure = new Error('no link')
    expect(await failureOf(store.remove('a'))).toMatchObject({ code: 'WRITE_FAILURE' })
    medium.failure = new Error('no link')
    await expect(store.loadMany(['a', 'b'])).rejects.toMatchObject({
      failures: new Map([['a', expect.anything()]]),
    })
    await store.store('a', 1)
    expect(await store.load('a')).toBe(1)
  })

  test('keys are listed by their names and records; what is no record of the store is none', async () => {
    const medium = new Medium()
    const store = new TextStore(medium)
    const keys = ['user42', 'User 42', '', '../up', 'a:b', 'a/b']
    for (const key of keys) await store.store(key, key)
    medium.texts.set('somebody else’s', 'x')
    medium.texts.set(recordName('Damaged'), 'x')
    const listed: string[] = []
    for await (const key of store.keys!()) listed.push(key)
    expect(listed.sort()).toEqual(keys.sort())
    const { names: _, ...unlistable } = {
      get: () => undefined,
      set: () => {},
      delete: () => {},
      names: undefined,
    }
    expect(new TextStore(unlistable).keys).toBeUndefined()
  })

  test('close waits for what is under way, closes the medium once, and afterwards all is CLOSED', async () => {
    const medium = new Medium()
    const store = new TextStore(medium)
    const { promise, resolve } = Promise.withResolvers<void>()
    medium.delay = promise
    const writing = store.store('a', 1)
    const closing = store.close()
    expect(medium.closed).toBe(0)
    resolve()
    await Promise.all([writing, closing, store.close()])
    expect(medium.closed).toBe(1)
    expect((await failureOf(store.load('a'))).code).toBe('CLOSED')
    expect((await failureOf(store.store('a', 1))).code).toBe('CLOSED')
    await expect(store.keys!()[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: 'CLOSED' })
  })

  test('a key or value that it cannot take is refused before the medium is asked', async () => {
    const medium = new Medium()
    const store = new TextStore(medium)
    expect((await failureOf(store.store('\uD800', 1))).code).toBe('INVALID_KEY')
    expect((await failureOf(store.store('a', Number.NaN))).code).toBe('INVALID_VALUE')
    await expect(store.store(5 as never, 1)).rejects.toThrow(TypeError)
    await expect(store.store('a', undefined)).rejects.toThrow(TypeError)
    expect(await failureOf(store.store('a', 1, { signal: AbortSignal.abort() }))).toMatchObject({
      code: 'ABORTED',
      applied: 'no',
    })
    expect(medium.calls).toEqual([])
  })
})
