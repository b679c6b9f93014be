/** A policy told in the plainest way, with arrays and keys; the oldest of an array stands first. */
export interface NaivePolicy {
  /** A read or a write; an absent key becomes resident. */
  use(key: number): void
  remove(key: number): void
  residents(): number[]
}

/** Zhang et al., NSDI 2024, figure 3. */
export class NaiveSieve implements NaivePolicy {
  readonly capacity: number
  #queue: { key: number; visited: boolean }[] = []
  #hand = 0

  constructor(capacity: number) {
    this.capacity = capacity
  }

  use(key: number): void {
    const found = this.#queue.find((entry) => entry.key === key)
    if (found !== undefined) {
      found.visited = true
      return
    }
    if (this.#queue.length === this.capacity) this.#evict()
    this.#queue.push({ key, visited: false })
  }

  remove(key: number): void {
    const index = this.#queue.findIndex((entry) => entry.key === key)
    if (index === -1) return
    this.#queue.splice(index, 1)
    if (index < this.#hand) this.#hand--
    // A hand past the newest begins again with the oldest, however many arrive meanwhile.
    if (this.#hand === this.#queue.length) this.#hand = 0
  }

  residents(): number[] {
    return this.#queue.map(({ key }) => key)
  }

  #evict(): void {
    while (this.#queue[this.#hand]!.visited) {
      this.#queue[this.#hand]!.visited = false
      this.#hand = (this.#hand + 1) % this.#queue.length
    }
    this.remove(this.#queue[this.#hand]!.key)
  }
}

/** Yang et al., SOSP 2023, algorithm 1; a ghost is forgotten when as many came after it as the main queue holds. */
export class NaiveS3Fifo implements NaivePolicy {
  readonly capacity: number
  readonly #smallSize: number
  #small: number[] = []
  #main: number[] = []
  #ghosts: (number | 'returned')[] = []
  readonly #uses = new Map<number, number>()

  constructor(capacity: number) {
    this.capacity = capacity
    this.#smallSize = Math.max(1, Math.floor(capacity / 10))
  }

  use(key: number): void {
    const uses = this.#uses.get(key)
    if (uses !== undefined) {
      this.#uses.set(key, Math.min(3, uses + 1))
      return
    }
    while (this.#uses.size === this.capacity) this.#evict()
    const ghost = this.#ghosts.indexOf(key)
    if (ghost === -1) {
      this.#small.push(key)
    } else {
      this.#ghosts[ghost] = 'returned'
      this.#main.push(key)
    }
    this.#uses.set(key, 0)
  }

  remove(key: number): void {
    this.#small = this.#small.filter((each) => each !== key)
    this.#main = this.#main.filter((each) => each !== key)
    this.#uses.delete(key)
  }

  residents(): number[] {
    return [...this.#uses.keys()]
  }

  #evict(): void {
    if (this.#small.length >= this.#smallSize || this.#main.length === 0) this.#evictFromSmall()
    if (this.#uses.size === this.capacity) this.#evictFromMain()
  }

  #evictFromSmall(): void {
    while (this.#small.length > 0) {
      const key = this.#small.shift()!
      if (this.#uses.get(key)! > 1) {
        this.#uses.set(key, 0)
        this.#main.push(key)
      } else {
        this.#uses.delete(key)
        this.#haunt(key)
        return
      }
    }
  }

  #evictFromMain(): void {
    for (;;) {
      const key = this.#main.shift()!
      const uses = this.#uses.get(key)!
      if (uses === 0) {
        this.#uses.delete(key)
        return
      }
      this.#uses.set(key, uses - 1)
      this.#main.push(key)
    }
  }

  #haunt(key: number): void {
    this.#ghosts.push(key)
    while (this.#ghosts.length > this.capacity - this.#smallSize) this.#ghosts.shift()
  }
}
