import { crc32 } from 'node:zlib'

/** What stands in a record: the key, and what a codec made of the value. */
export interface TextRecord {
  readonly key: string
  readonly bytes: Uint8Array
}

/**
 * A record as text: `wt1`, a CRC-32 of what follows, and a JSON array of the key, the encoding, and the value: as it is when
 * it is UTF-8, else in base64.
 */
export function encodeTextRecord({ key, bytes }: TextRecord): string {
  const text = textOf(bytes)
  const body = JSON.stringify(
    text === undefined ? [key, 'base64', Buffer.from(bytes).toString('base64')] : [key, 'utf8', text],
  )
  return `wt1 ${checksum(body)} ${body}`
}

/** The record that a text holds, or `undefined` when it does not verify. */
export function decodeTextRecord(text: unknown): TextRecord | undefined {
  if (typeof text !== 'string') return undefined
  const [, sum, body] = /^wt1 ([0-9a-f]{8}) (.*)$/s.exec(text) ?? []
  if (body === undefined || sum !== checksum(body)) return undefined
  // What verifies was written by `encodeTextRecord`.
  const [key, encoding, value] = JSON.parse(body) as [string, 'utf8' | 'base64', string]
  return { key, bytes: new Uint8Array(Buffer.from(value, encoding)) }
}

/** `undefined` when the bytes are no UTF-8. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes)
  } catch {
    // Not text.
    return undefined
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(8, '0')
}
