/** What a policy that remembers keys by their hash takes. */
export interface HashOptions {
  /**
   * A 32-bit integer for a key, equal for equal keys; it need not be well spread. Needed only for keys that are objects,
   * functions or symbols: strings, numbers, bigints, booleans and null are hashed as they are. Called once a miss.
   */
  readonly hash?: (key: never) => number
}

/** The hash function of a policy: the one given, its answers checked and spread, or the one built in. */
export function keyHash(policy: string, { hash }: HashOptions = {}): (key: unknown) => number {
  if (hash === undefined) {
    return (key) => {
      const hashed = hashOf(key)
      if (hashed !== undefined) return hashed
      throw new TypeError(
        `${policy}: a key of type ${typeof key} has no hash; give one, such as ${policy}({ hash: (key) => key.id })`,
      )
    }
  }
  if (typeof hash !== 'function') throw new TypeError(`${policy}: hash is a function (key) => number`)
  return (key) => {
    const given = hash(key as never) as unknown
    if (typeof given === 'number') return hashOf(given)!
    throw new TypeError(`${policy}: hash answered ${String(given)}; it has to answer a number`)
  }
}

/** 32 well spread bits, equal for keys that a `Map` holds equal. `undefined` for a key that is known by its identity alone. */
export function hashOf(key: unknown): number | undefined {
  switch (typeof key) {
    case 'string':
      return hashOfText(key)
    case 'number':
      return hashOfNumber(key)
    case 'bigint':
      return hashOfText(key.toString(16))
    case 'boolean':
      return spread(key ? 1 : 2)
    default:
      return key === null ? spread(3) : undefined
  }
}

/**
 * FNV-1a (Fowler, Noll, Vo) over the UTF-16 code units at even places and over those at odd ones, which a processor does
 * side by side. O(length).
 */
function hashOfText(text: string): number {
  const last = text.length - 1
  let even = 0x811c9dc5
  let odd = last
  let index = 0
  for (; index < last; index += 2) {
    even = Math.imul(even ^ text.charCodeAt(index), 0x01000193)
    odd = Math.imul(odd ^ text.charCodeAt(index + 1), 0x01000193)
  }
  if (index === last) even = Math.imul(even ^ text.charCodeAt(index), 0x01000193)
  return spread(even ^ Math.imul(odd, 0x9e3779b1))
}

const float = new Float64Array(1)
const words = new Int32Array(float.buffer)

function hashOfNumber(key: number): number {
  const integer = key | 0
  // Zero and minus zero are one key.
  if (integer === key) return spread(integer)
  // So are all NaN, whatever their bits.
  float[0] = Number.isNaN(key) ? 0.5 : key
  return spread(words[0]! ^ Math.imul(words[1]!, 0x9e3779b1))
}

/** Every bit of the result depends on every bit of the integer (MurmurHash3's finalizer, Appleby). */
function spread(integer: number): number {
  let hash = integer
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
