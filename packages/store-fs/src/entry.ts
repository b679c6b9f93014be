import { type Codec, keyText, StoreError } from '@wt/core'
import { encodeRecord, LARGEST_RECORD_BYTES } from './record.ts'
import { corrupt, subject } from './translate-error.ts'

/** Throws `TypeError` for a key that is no string, `INVALID_KEY` for one that no file can hold. */
export function checkKey(operation: string, key: string): void {
  if (typeof key !== 'string') {
    throw new TypeError(`${operation}: a key of this store is a string, not ${keyText(key)}`)
  }
  if (!key.isWellFormed()) {
    const message = `${subject(operation, key)}: the key has a lone surrogate, which no file can hold; encode it first`
    throw new StoreError('INVALID_KEY', message, { key })
  }
}

/** The record of an entry, which shares no memory with `value`. Throws `TypeError` or `INVALID_VALUE`. */
export function encodeEntry<V>(codec: Codec<V>, operation: string, key: string, value: V): Uint8Array {
  if (value === undefined) {
    throw new TypeError(`${subject(operation, key)}: undefined is no value; use remove`)
  }
  let bytes: Uint8Array
  try {
    bytes = codec.encode(value)
  } catch (cause) {
    // Whatever a codec throws, the value is what it could not take.
    const message = `${subject(operation, key)}: ${cause instanceof Error ? cause.message : String(cause)}`
    throw new StoreError('INVALID_VALUE', message, { key, cause })
  }
  if (Object.prototype.toString.call(bytes) !== '[object Uint8Array]') {
    throw new TypeError(`${subject(operation, key)}: the codec's encode returned no Uint8Array`)
  }
  if (bytes.byteLength > LARGEST_RECORD_BYTES - 4 * key.length - 64) {
    const message = `${subject(operation, key)}: ${bytes.byteLength} bytes are more than a record's 2 GiB; split the value`
    throw new StoreError('INVALID_VALUE', message, { key })
  }
  return encodeRecord(key, bytes)
}

/** The value of a record that was read whole. Throws `CORRUPT` when it is none to the codec. */
export function decodeEntry<V>(codec: Codec<V>, operation: string, key: string, bytes: Uint8Array): V {
  const complaint = `${subject(operation, key)}: the record is whole, but the codec cannot decode its value; was it stored with another codec?`
  let value: V
  try {
    value = codec.decode(bytes)
  } catch (cause) {
    // By the contract of a codec: bytes that no encode of it made.
    throw corrupt(complaint, key, cause)
  }
  // Handed on, it would read as absence.
  if (value === undefined) throw corrupt(complaint, key, undefined)
  return value
}
