import { type EvictionPolicy, type PolicyBooks, REFUSED, type Residents } from '../../src/index.ts'

/** A table of keys bounded by their weights, written as plainly as can be: what a policy is told under `maxWeight`. */
export class WeighingTable implements Residents<number> {
  readonly capacity: number = 2 ** 23
  mostWeight: number
  weight = 0
  readonly books: PolicyBooks<number>
  readonly #slots = new Map<number, { key: number; weight: number }>()
  readonly #free: number[] = []

  constructor(policy: EvictionPolicy, mostWeight: number) {
    this.mostWeight = mostWeight
    this.books = policy.create<number>(this)
  }

  get size(): number {
    return this.#slots.size
  }

  keyAt(slot: number): number {
    return this.#slots.get(slot)!.key
  }

  slotOf(key: number): number | undefined {
    return [...this.#slots].find(([, resident]) => resident.key === key)?.[0]
  }

  /** True for a hit; else the key becomes resident, if the policy lets it. */
  request(key: number, weight = 1): boolean {
    const slot = this.slotOf(key)
    if (slot !== undefined) {
      this.books.hit?.(slot)
      return true
    }
    while (this.weight + weight > this.mostWeight) {
      const gone = this.books.evict(key)
      if (gone === REFUSED) return false
      this.#forget(gone)
    }
    const free = this.#free.pop() ?? this.size
    this.#slots.set(free, { key, weight })
    this.weight += weight
    this.books.insert(free)
    return false
  }

  remove(slot: number): void {
    this.books.remove(slot)
    this.#forget(slot)
  }

  #forget(slot: number): void {
    const resident = this.#slots.get(slot)
    if (resident === undefined) throw new Error(`slot ${slot} is empty`)
    this.weight -= resident.weight
    this.#slots.delete(slot)
    this.#free.push(slot)
  }
}
