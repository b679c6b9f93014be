import { crc32 } from 'node:zlib'
import { type Codec, keyText, StoreError } from '@wt/core'

/** What is written for an entry, in the order of the statement's parameters. */
export type NewRow = readonly [key: Uint8Array, checksum: number, value: Uint8Array]

/** What comes back of it. Damage may have changed the types too. */
export interface StoredRow {
  readonly checksum: unknown
  readonly value: unknown
}

/** The same with its version, of which the damage may be of the type too. */
export interface StoredVersion extends StoredRow {
  readonly version: unknown
}

/** Whose `TypeError`s it is: they begin with the name of the class. */
export type StoreClass = 'SqliteStore' | 'AsyncSqliteStore'

/** What is written for these bytes. */
export function rowOf(keyBytes: Uint8Array, valueBytes: Uint8Array): NewRow {
  return [keyBytes, checksumOf(keyBytes, valueBytes), valueBytes]
}

/** A `TypeError` for undefined; `INVALID_VALUE` for a value that the codec refuses. */
export function encodeValue<V>(
  store: StoreClass,
  operation: string,
  key: string,
  value: V,
  codec: Codec<V>,
): Uint8Array {
  if (value === undefined) {
    throw new TypeError(`${store}: undefined cannot be stored for ${keyText(key)}; use remove`)
  }
  let valueBytes: Uint8Array
  try {
    valueBytes = codec.encode(value)
  } catch (cause) {
    // The codec knows the reason, but neither the operation nor the key.
    const reason = cause instanceof Error ? cause.message : String(cause)
    const message = `${operation} of ${keyText(key)}: ${reason}`
    throw new StoreError('INVALID_VALUE', message, { key, cause })
  }
  if (!(valueBytes instanceof Uint8Array)) {
    throw new TypeError(`${store}: the codec encoded ${keyText(key)} to something else than a Uint8Array`)
  }
  return valueBytes
}

/** The bytes of the value; `CORRUPT` when the row is not what was stored under this key. */
export function verified(key: string, keyBytes: Uint8Array, { checksum, value }: StoredRow): Uint8Array {
  if (value instanceof Uint8Array && checksum === checksumOf(keyBytes, value)) return value
  const message = `load of ${keyText(key)}: its checksum is wrong, the database file was damaged; store it anew or remove it`
  throw new StoreError('CORRUPT', message, { key })
}

/** The bytes of the value, and the version; `CORRUPT` as `verified`, or when the version is none. */
export function verifiedVersion(
  key: string,
  keyBytes: Uint8Array,
  row: StoredVersion,
): { value: Uint8Array; version: string } {
  const value = verified(key, keyBytes, row)
  if (typeof row.version === 'string') return { value, version: row.version }
  const message = `loadVersioned of ${keyText(key)}: its version is damaged; store it anew or remove it`
  throw new StoreError('CORRUPT', message, { key })
}

/** `CORRUPT` when the codec cannot read the value. */
export function decodeValue<V>(key: string, valueBytes: Uint8Array, codec: Codec<V>): V {
  try {
    return codec.decode(valueBytes)
  } catch (cause) {
    // The bytes are those that were stored, so it was another codec that stored them.
    const message = `load of ${keyText(key)}: the codec cannot read it; open the store with the codec that wrote it`
    throw new StoreError('CORRUPT', message, { key, cause })
  }
}

/** UTF-8. A `TypeError` when the key is no string; `INVALID_KEY` when it has a lone surrogate, which UTF-8 cannot hold. */
export function encodeKey(store: StoreClass, operation: string, key: string): Uint8Array {
  if (typeof key !== 'string') {
    throw new TypeError(`${store}: ${operation} takes string keys, not ${keyText(key)}`)
  }
  if (!key.isWellFormed()) {
    const message = `${operation} of ${keyText(key)}: the key has a lone surrogate; use well-formed Unicode`
    throw new StoreError('INVALID_KEY', message, { key })
  }
  return Buffer.from(key)
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * The next key of an enumeration. `CORRUPT` when the bytes are none that `encodeKey` made, or do not come after the key
 * before: in a damaged index an enumeration could otherwise go round for ever.
 */
export function decodeNextKey(keyBytes: unknown, after: Uint8Array | undefined): string {
  const isNext =
    keyBytes instanceof Uint8Array && (after === undefined || Buffer.compare(keyBytes, after) > 0)
  try {
    if (isNext) return UTF8.decode(keyBytes)
  } catch {
    // Not UTF-8. The message below says all there is to say.
  }
  throw new StoreError('CORRUPT', 'keys: the index is damaged; restore the database from a backup')
}

/** What a key in the index and the row it points to say the key is. */
export interface Neighbour {
  readonly inIndex: unknown
  readonly inTable: unknown
}

/**
 * A flipped bit in the index hides a key. The entry then stands beside the place where its key is looked for, and differs
 * from its row in the table: that is `CORRUPT`, and no absence.
 */
export function checkNeighbours(operation: string, key: string, neighbours: readonly Neighbour[]): void {
  for (const { inIndex, inTable } of neighbours) {
    const areBytes = inIndex instanceof Uint8Array && inTable instanceof Uint8Array
    if (areBytes && Buffer.compare(inIndex, inTable) === 0) continue
    const message = `${operation} of ${keyText(key)}: the index is damaged here and may hide the key; restore the database from a backup`
    throw new StoreError('CORRUPT', message, { key, applied: 'no' })
  }
}

/** CRC-32 of the key and then the value: a row that damage has put under another key does not verify either. */
function checksumOf(keyBytes: Uint8Array, valueBytes: Uint8Array): number {
  const ofKey = crc32(keyBytes)
  // An empty buffer may have no memory at all, and zlib then starts again from 0 (seen on Node 22.18).
  return valueBytes.length === 0 ? ofKey : crc32(valueBytes, ofKey)
}
