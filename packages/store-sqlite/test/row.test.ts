import { expect, test } from 'vitest'
import { decodeNextKey } from '../src/row.ts'
import { failureOf } from './fixtures.ts'

test('keys that are no UTF-8, no bytes, or out of their order are CORRUPT, so that an enumeration ends', () => {
  const b = Buffer.from('b')
  expect(decodeNextKey(Buffer.from(''), undefined)).toBe('')
  expect(decodeNextKey(b, Buffer.from('a'))).toBe('b')
  for (const key of [b, Buffer.from('a'), Buffer.of(0xff), null, 'c', 7]) {
    expect(failureOf(() => decodeNextKey(key, b))).toMatchObject({ code: 'CORRUPT' })
  }
})
