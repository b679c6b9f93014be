import { StoreError } from '../store-error.ts'
import type { Codec } from './codec.ts'

/** Strings as UTF-8. A lone surrogate, which UTF-8 cannot hold, is `INVALID_VALUE`. O(length). */
export function utf8(): Codec<string> {
  const encoder = new TextEncoder()
  // A byte order mark is text like any other: without ignoreBOM it would be lost.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  return {
    encode(value) {
      if (typeof value !== 'string') {
        throw new StoreError('INVALID_VALUE', `utf8() holds strings, not ${typeof value}; pick another codec`)
      }
      if (!value.isWellFormed()) {
        throw new StoreError('INVALID_VALUE', 'the string has a lone surrogate, which UTF-8 cannot hold')
      }
      return encoder.encode(value)
    },
    decode: (bytes) => decoder.decode(bytes),
  }
}
