import { type Codec, keyText, StoreError } from '@wt/core'
import { MOST_BYTES } from './names.ts'

/** Bytes of their own. A `TypeError` for undefined; `INVALID_VALUE` for a value that the codec refuses, or Redis. */
export function encodeValue<V>(codec: Codec<V>, operation: string, key: string, value: V): Buffer {
  if (value === undefined) {
    throw new TypeError(`RedisStore: undefined cannot be stored for ${keyText(key)}; use remove`)
  }
  let valueBytes: Uint8Array
  try {
    valueBytes = codec.encode(value)
  } catch (cause) {
    // The codec knows the reason, but neither the operation nor the key.
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new StoreError('INVALID_VALUE', `${operation} of ${keyText(key)}: ${reason}`, { key, cause })
  }
  if (!(valueBytes instanceof Uint8Array)) {
    throw new TypeError(`RedisStore: the codec encoded ${keyText(key)} to something else than a Uint8Array`)
  }
  if (valueBytes.length > MOST_BYTES) {
    const message = `${operation} of ${keyText(key)}: Redis holds no value longer than 512 MiB; split it`
    throw new StoreError('INVALID_VALUE', message, { key })
  }
  // A codec may give back the caller's own memory, which the caller may change before it is sent.
  return Buffer.from(valueBytes)
}

/** `CORRUPT` when the codec cannot read the value. */
export function decodeValue<V>(
  codec: Codec<V>,
  operation: string,
  key: string,
  reply: unknown,
): V | undefined {
  if (reply === null) return undefined
  try {
    return codec.decode(reply as Buffer)
  } catch (cause) {
    // Somebody else wrote it, or another codec.
    const message = `${operation} of ${keyText(key)}: the codec cannot read it; open the store with the codec that wrote it`
    throw new StoreError('CORRUPT', message, { key, cause })
  }
}
