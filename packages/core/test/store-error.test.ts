import { describe, expect, test } from 'vitest'
import { BulkReadError, BulkStoreError, keyText, StoreError, type StoreErrorCode } from '../src/index.ts'

const APPLIED: Record<StoreErrorCode, 'no' | 'unknown'> = {
  STORE_FULL: 'no',
  INVALID_KEY: 'no',
  INVALID_VALUE: 'no',
  READ_ONLY: 'no',
  CLOSED: 'no',
  KEY_NOT_FOUND: 'no',
  BUSY: 'no',
  WRITE_FAILURE: 'unknown',
  READ_FAILURE: 'unknown',
  CORRUPT: 'unknown',
  TIMEOUT: 'unknown',
  ABORTED: 'unknown',
  UNAVAILABLE: 'unknown',
}

describe('StoreError', () => {
  test.each(Object.entries(APPLIED))('%s is applied %s unless said otherwise', (code, applied) => {
    expect(new StoreError(code as StoreErrorCode, 'm').applied).toBe(applied)
    const other = applied === 'no' ? 'unknown' : 'no'
    expect(new StoreError(code as StoreErrorCode, 'm', { applied: other }).applied).toBe(other)
  })

  test('carries code, message, key and cause', () => {
    const cause = new Error('why')
    const error = new StoreError('CORRUPT', 'what', { key: 'k', cause })
    expect(error).toMatchObject({ name: 'StoreError', code: 'CORRUPT', message: 'what', key: 'k', cause })
    expect(Object.hasOwn(new StoreError('CORRUPT', 'what'), 'cause')).toBe(false)
  })

  test('refuses a code that is none', () => {
    for (const code of ['toString', 'FULL', undefined]) {
      expect(() => new StoreError(code as StoreErrorCode, 'm')).toThrow(TypeError)
    }
  })

  test('is recognized across copies of the package, and nothing else is', async () => {
    const path = '../src/store-error.ts?another-copy'
    const other = (await import(/* @vite-ignore */ path)) as typeof import('../src/index.ts')
    expect(other.StoreError).not.toBe(StoreError)
    const foreign = new other.StoreError('CLOSED', 'm')
    expect(foreign instanceof StoreError).toBe(false)
    expect(StoreError.is(foreign)).toBe(true)
    expect(BulkStoreError.is(new other.BulkStoreError('m', new Map()))).toBe(true)
    expect(BulkReadError.is(new other.BulkReadError('m', new Map(), new Map()))).toBe(true)
    for (const value of [undefined, null, 'CLOSED', new Error('m'), { code: 'CLOSED' }]) {
      expect(StoreError.is(value)).toBe(false)
    }
  })
})

test('a BulkStoreError holds the failures, is an AggregateError and is no StoreError', () => {
  const failure = new StoreError('STORE_FULL', 'full', { key: 'a' })
  const error = new BulkStoreError('some', new Map([['a', failure]]), ['b'])
  expect(error).toBeInstanceOf(AggregateError)
  expect(error.errors).toEqual([failure])
  expect(error.written).toEqual(['b'])
  expect(StoreError.is(error)).toBe(false)
  expect(BulkStoreError.is(error)).toBe(true)
  expect(BulkReadError.is(error)).toBe(false)
})

describe('keyText', () => {
  test.each<[unknown, string]>([
    ['a"b\n', '"a\\"b\\n"'],
    [7, '7'],
    [null, 'null'],
    [Symbol('s'), 'Symbol(s)'],
    [Object.create(null), 'a key of type object'],
  ])('%# shows a key as one can read it', (key, text) => {
    expect(keyText(key)).toBe(text)
  })

  test('shortens a long key and says how long it is', () => {
    const text = keyText('x'.repeat(5000))
    expect(text.length).toBeLessThan(120)
    expect(text).toContain('5000')
  })
})
