/** What became of a write: its caller was told that it happened, that it did not, or neither. */
export type Outcome = 'acknowledged' | 'no' | 'unknown'

/** A write of one key, and between which operations of the file system it was under way. */
export interface Write<V> {
  readonly key: string
  /** `undefined` for a remove. */
  readonly value: V | undefined
  readonly from: number
  readonly to: number
  readonly outcome: Outcome
}

/** What a key may hold, and which writes say so: -1 is the absence at the beginning. */
export interface Allowed<V> {
  readonly values: readonly (V | undefined)[]
  readonly writes: readonly number[]
}

/**
 * What each key may hold after a crash that came when `operation` operations were done: what was acknowledged
 * last, and what was in flight or unknown since.
 */
export function allowedAfter<V>(
  keys: readonly string[],
  writes: readonly Write<V>[],
  operation: number,
): Map<string, Allowed<V>> {
  return new Map(keys.map((key) => [key, allowedFor(key, writes, operation)]))
}

function allowedFor<V>(key: string, writes: readonly Write<V>[], operation: number): Allowed<V> {
  let allowed: Allowed<V> = { values: [undefined], writes: [-1] }
  for (const [index, write] of writes.entries()) {
    const isSettled = write.to <= operation
    const isBegun = isSettled || write.from < operation
    if (write.key !== key || !isBegun || (isSettled && write.outcome === 'no')) continue
    allowed =
      isSettled && write.outcome === 'acknowledged'
        ? { values: [write.value], writes: [index] }
        : { values: [...allowed.values, write.value], writes: [...allowed.writes, index] }
  }
  return allowed
}
