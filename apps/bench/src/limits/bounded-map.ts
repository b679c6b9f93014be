/**
 * The least that a bounded cache has to do: a `Map`, and a ring of its keys in the order in which they came. First in,
 * first out; an update renews nothing. Knows no store, no errors, no counts.
 */
export class BoundedMap<K, V> {
  readonly #values = new Map<K, V>()
  readonly #ring: (K | undefined)[]
  #next = 0

  constructor(capacity: number) {
    this.#ring = new Array<K | undefined>(capacity).fill(undefined)
  }

  get(key: K): V | undefined {
    return this.#values.get(key)
  }

  set(key: K, value: V): void {
    if (!this.#values.has(key)) {
      const oldest = this.#ring[this.#next]
      if (this.#values.size === this.#ring.length) this.#values.delete(oldest as K)
      this.#ring[this.#next] = key
      this.#next = this.#next + 1 === this.#ring.length ? 0 : this.#next + 1
    }
    this.#values.set(key, value)
  }
}
