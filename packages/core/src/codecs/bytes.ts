import { StoreError } from '../store-error.ts'
import type { Codec } from './codec.ts'

/**
 * Bytes as they are. Takes a `Uint8Array` (so a `Buffer` too), with any offset, and gives back a plain `Uint8Array`
 * of its own memory. Another kind of view is `INVALID_VALUE`, for it would come back as something else. O(length).
 */
export function bytes(): Codec<Uint8Array> {
  return {
    encode(value) {
      if (!isUint8Array(value)) {
        throw new StoreError(
          'INVALID_VALUE',
          `bytes() holds a Uint8Array, not ${describe(value)}; pick another codec`,
        )
      }
      return Uint8Array.prototype.slice.call(new Uint8Array(value.buffer, value.byteOffset, value.byteLength))
    },
    decode: (bytes) =>
      Uint8Array.prototype.slice.call(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)),
  }
}

/** Also true for one of another realm, where `instanceof` is not. */
function isUint8Array(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]'
}

function describe(value: unknown): string {
  return value === null
    ? 'null'
    : typeof value === 'object'
      ? (value.constructor?.name ?? 'object')
      : typeof value
}
