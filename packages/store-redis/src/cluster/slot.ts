import type { Command } from '../link.ts'

/** A Cluster shares so many slots out among its primaries. */
export const SLOTS = 16_384

const OPEN = 0x7b
const CLOSE = 0x7d

/**
 * The slot of a name: CRC-16 (XMODEM) of it, or, where it has a `{tag}` that is not empty, of the first tag alone. As in "Redis
 * cluster specification", key distribution model.
 */
export function slotOf(name: string | Buffer): number {
  const nameBytes = typeof name === 'string' ? Buffer.from(name) : name
  return crc16(tagOf(nameBytes) ?? nameBytes) % SLOTS
}

/** The one slot of all names that begin so, where the prefix has a whole tag; else undefined. */
export function slotOfPrefix(prefix: string): number | undefined {
  const tag = tagOf(Buffer.from(prefix))
  return tag && crc16(tag) % SLOTS
}

/** The name that a command is about. Every command of the store is about one. */
export function nameIn(command: Command): string | Buffer {
  return command[0] === 'EVAL' ? command[3]! : command[1]!
}

function tagOf(name: Buffer): Buffer | undefined {
  const open = name.indexOf(OPEN)
  const close = open < 0 ? -1 : name.indexOf(CLOSE, open)
  return close > open + 1 ? name.subarray(open + 1, close) : undefined
}

const TABLE: Uint16Array = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8
  for (let bit = 0; bit < 8; bit++) crc = (crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)
  return crc
})

function crc16(bytes: Buffer): number {
  let crc = 0
  for (const byte of bytes) crc = ((crc << 8) & 0xffff) ^ TABLE[(crc >> 8) ^ byte]!
  return crc
}
