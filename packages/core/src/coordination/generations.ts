/**
 * Tells an operation whether its key was written while the operation waited for the store. In a synchronous cache that
 * happens only when the store calls back into the cache, so a key's generation is kept only while an operation is under
 * way, and costs nothing otherwise. Every method is O(1).
 */
export class Generations<K> {
  readonly #moved = new Map<K, number>()
  #allMoved = 0
  #now = 0
  #underWay = 0

  /** An operation starts. What it returns is to be handed to `held` and `end`. */
  begin(): number {
    this.#underWay++
    return this.#now
  }

  /** A write of `key` starts, or the key is evicted: whoever is under way with it has been overtaken. */
  move(key: K): void {
    if (this.#underWay > 0) this.#moved.set(key, ++this.#now)
  }

  /** The same for every key. */
  moveAll(): void {
    if (this.#underWay > 0) this.#allMoved = ++this.#now
  }

  /** True when no other operation moved `key` since `began`. */
  held(key: K, began: number): boolean {
    if (this.#now === began) return true
    return this.#allMoved <= began && (this.#moved.get(key) ?? 0) <= began
  }

  /** The operation is over. */
  end(): void {
    this.#underWay--
    // Clearing an empty Map costs more than all the rest of a put.
    if (this.#underWay === 0 && this.#moved.size > 0) this.#moved.clear()
  }

  /** Throws unless nothing is remembered at rest. For tests. */
  assertInvariants(): void {
    if (this.#underWay !== 0) throw new Error(`generations: ${this.#underWay} operations under way at rest`)
    if (this.#moved.size > 0) throw new Error('generations: keys remembered at rest')
  }
}
