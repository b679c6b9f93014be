/** A key that is asked for and not resident. Its hash is worked out once, however often the policy is asked for room. */
export class Newcomer<K> {
  readonly #hash: (key: unknown) => number
  #key: K | typeof NOBODY = NOBODY
  #hashOfKey = 0

  constructor(hash: (key: unknown) => number) {
    this.#hash = hash
  }

  /** False when it is the one that was met last. */
  meet(key: K): boolean {
    if (key === this.#key) return false
    this.#hashOfKey = this.#hash(key)
    this.#key = key
    return true
  }

  get hash(): number {
    return this.#hashOfKey
  }

  /** It became resident: when it comes again, it is another one. */
  forget(): void {
    this.#key = NOBODY
  }
}

/** Is no key. */
const NOBODY: unique symbol = Symbol('nobody')
