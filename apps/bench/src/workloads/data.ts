import { Buffer } from 'node:buffer'

/** Enough different values that a key hardly ever gets the one it has; a prime, out of step with every cycle of keys. */
const DIFFERENT_VALUES = 1009

export function keyOf(id: number): string {
  return `key-${id}`
}

/**
 * Values of `bytes` bytes each. They differ, because SQLite does not rewrite a page that stays the same: with one value
 * for all, its puts look ten times as fast.
 */
export function makeValues(bytes: number): string[] {
  return Array.from({ length: DIFFERENT_VALUES }, (_, number) => {
    const text = String(number)
      .padStart(4, '0')
      .repeat(Math.ceil(bytes / 4))
      .slice(0, bytes)
    return flatString(text)
  })
}

/** An equal string that is another object, in one piece: what a parser or a socket hands out. */
export function flatString(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1')
}

/** A list that is gone round: `items[index & mask]`. */
export interface Cycle<T> {
  readonly items: readonly T[]
  readonly mask: number
}

/** A cycle of `length` items, a power of two, so that a place is found with a mask instead of a division. */
export function cycleOf<T>(length: number, at: (index: number) => T): Cycle<T> {
  if (length < 1 || (length & (length - 1)) !== 0)
    throw new RangeError(`cycleOf: ${length} is no power of two`)
  return { items: Array.from({ length }, (_, index) => at(index)), mask: length - 1 }
}
