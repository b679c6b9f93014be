import { crc32 } from 'node:zlib'

/**
 * A record is one file: all of a key and its value, and what is needed to tell that nothing of it changed.
 *
 * | offset | size |                                                        |
 * |--------|------|--------------------------------------------------------|
 * | 0      | 4    | magic: `wtfs`                                          |
 * | 4      | 4    | CRC-32 of everything below                             |
 * | 8      | 4    | version of this format: 1                              |
 * | 12     | 4    | length of the key in bytes                             |
 * | 16     | 4    | length of the value in bytes                           |
 * | 20     |      | the key, in UTF-8                                      |
 * |        |      | the value, as the codec made it                        |
 *
 * Numbers are little-endian. The checksum is CRC-32 because what it guards against is accident, not malice:
 * it sees every change of up to 32 neighbouring bits and all but one in 2^32 of the others, and the lengths
 * see what is cut short. It costs a third to a fifth of SHA-256, which would be felt beside a read of 20
 * microseconds.
 */
export function encodeRecord(key: string, value: Uint8Array): Uint8Array {
  const keyLength = Buffer.byteLength(key)
  const record = Buffer.allocUnsafe(HEADER_BYTES + keyLength + value.byteLength)
  record.set(MAGIC, 0)
  record.writeUInt32LE(FORMAT_VERSION, 8)
  record.writeUInt32LE(keyLength, 12)
  record.writeUInt32LE(value.byteLength, 16)
  record.write(key, HEADER_BYTES, 'utf8')
  record.set(value, HEADER_BYTES + keyLength)
  record.writeUInt32LE(checksum(record), CHECKSUM_OFFSET)
  return record
}

export const HEADER_BYTES = 20

/**
 * What one read or write of Node takes at most. A larger record would need several, and no cache wants it.
 */
export const LARGEST_RECORD_BYTES: number = 2 ** 31 - 1

export interface RecordHeader {
  /** Where the key ends and the value begins. */
  readonly valueOffset: number
  /** How long the whole record is. */
  readonly recordBytes: number
}

/** Why a file is not the record it should be. The store reports it as `CORRUPT`. */
export class RecordDamage extends Error {}

/**
 * The header at the beginning of `bytes`, believed as far as it can be without the rest. Throws
 * `RecordDamage`.
 */
export function parseHeader(bytes: Buffer): RecordHeader {
  if (bytes.length < HEADER_BYTES) throw new RecordDamage(`the file is cut short, at ${bytes.length} bytes`)
  if (!MAGIC.equals(bytes.subarray(0, 4))) throw new RecordDamage('the file does not begin as a record does')
  const version = bytes.readUInt32LE(8)
  if (version !== FORMAT_VERSION) {
    throw new RecordDamage(`its format version is ${version}, and this package reads ${FORMAT_VERSION}`)
  }
  const valueOffset = HEADER_BYTES + bytes.readUInt32LE(12)
  const recordBytes = valueOffset + bytes.readUInt32LE(16)
  if (recordBytes > LARGEST_RECORD_BYTES) throw new RecordDamage('its lengths cannot be')
  return { valueOffset, recordBytes }
}

/** Throws `RecordDamage` unless `record` is whole and unchanged. */
export function verifyRecord(record: Buffer, header: RecordHeader): void {
  if (record.length !== header.recordBytes) {
    throw new RecordDamage(`it has ${record.length} bytes where its header says ${header.recordBytes}`)
  }
  if (checksum(record) !== record.readUInt32LE(CHECKSUM_OFFSET))
    throw new RecordDamage('its checksum differs')
}

/** The key in a record that is read at least as far as its value. Bytes that are no UTF-8 give U+FFFD. */
export function keyOf(record: Buffer, header: RecordHeader): string {
  return record.toString('utf8', HEADER_BYTES, header.valueOffset)
}

const MAGIC = Buffer.from('wtfs')
const FORMAT_VERSION = 1
const CHECKSUM_OFFSET = 4

function checksum(record: Buffer): number {
  return crc32(record.subarray(CHECKSUM_OFFSET + 4))
}
