import { expect, test } from 'vitest'
import { decodeNextKey, rowOf, verifiedVersion } from '../src/row.ts'
import { failureOf } from './fixtures.ts'

test('keys that are no UTF-8, no bytes, or out of their order are CORRUPT, so that an enumeration ends', () => {
  const b = Buffer.from('b')
  expect(decodeNextKey(Buffer.from(''), undefined)).toBe('')
  expect(decodeNextKey(b, Buffer.from('a'))).toBe('b')
  for (const key of [b, Buffer.from('a'), Buffer.of(0xff), null, 'c', 7]) {
    expect(failureOf(() => decodeNextKey(key, b))).toMatchObject({ code: 'CORRUPT' })
  }
})

test('a version that is no text is CORRUPT', () => {
  const [keyBytes, checksum, value] = rowOf(Buffer.from('a'), Buffer.from('1'))
  expect(verifiedVersion('a', keyBytes, { checksum, value, version: 'x' })).toEqual({ value, version: 'x' })
  for (const version of [null, 7, Buffer.from('x')]) {
    const failure = failureOf(() => verifiedVersion('a', keyBytes, { checksum, value, version }))
    expect(failure).toMatchObject({ code: 'CORRUPT', key: 'a' })
  }
})
