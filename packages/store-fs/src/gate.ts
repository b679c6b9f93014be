/** Lets at most `limit` calls be under way at once; the others wait, and go in the order in which they came. */
export class Gate {
  #free: number
  readonly #waiting = new Set<() => void>()

  constructor(limit: number) {
    this.#free = limit
  }

  async run<T>(call: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>((resolve) => this.#waiting.add(resolve))
    try {
      return await call()
    } finally {
      this.#handOn()
    }
  }

  #handOn(): void {
    const [next] = this.#waiting
    if (next === undefined) {
      this.#free++
    } else {
      this.#waiting.delete(next)
      next()
    }
  }
}
