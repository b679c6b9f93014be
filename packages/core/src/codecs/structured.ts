import { isDeepStrictEqual } from 'node:util'
import { deserialize, serialize } from 'node:v8'
import { StoreError } from '../store-error.ts'
import type { Codec } from './codec.ts'

/**
 * Values by the structured clone algorithm, in V8's format: dates, maps, sets, bigints, typed arrays, errors, cycles.
 * Refuses, with `INVALID_VALUE`, what does not come back equal, such as a function or a class instance.
 * O(size): each `encode` also decodes, to compare. Bytes are read by the same or a later major version of Node.
 */
export function structured<V = unknown>(): Codec<V> {
  return {
    encode(value) {
      let encoded: Uint8Array
      try {
        encoded = serialize(value)
      } catch (cause) {
        throw new StoreError(
          'INVALID_VALUE',
          `structured clone cannot hold the value: ${(cause as Error).message}`,
          {
            cause,
          },
        )
      }
      if (!isDeepStrictEqual(deserialize(encoded), value)) {
        throw new StoreError(
          'INVALID_VALUE',
          'the value does not come back equal from a structured clone (a class instance, perhaps, or a symbol member)',
        )
      }
      return encoded
    },
    // A copy, because typed arrays come back as views of the bytes they were read from.
    decode: (bytes) => deserialize(Uint8Array.from(bytes)) as V,
  }
}
