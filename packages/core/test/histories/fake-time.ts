interface Timer {
  readonly dueAt: number
  readonly fire: () => void
}

/** A clock, and in its place the timers of the process, that go on when they are told to. */
export class FakeTime {
  now = 0
  readonly #timers = new Map<number, Timer>()
  #lastTimer = 0
  readonly #real = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout }

  /** From now on the process's timers are these. */
  install(): void {
    const setTimeout = <A extends unknown[]>(
      callback: (...args: A) => void,
      ms: number,
      ...args: A
    ): number => {
      this.#timers.set(++this.#lastTimer, { dueAt: this.now + ms, fire: () => callback(...args) })
      return this.#lastTimer
    }
    const clearTimeout = (timer: number): void => void this.#timers.delete(timer)
    Object.assign(globalThis, { setTimeout, clearTimeout })
  }

  uninstall(): void {
    Object.assign(globalThis, this.#real)
  }

  /** Time passes, and the timers fire that are due. */
  pass(milliseconds: number): void {
    this.now += milliseconds
    for (const [id, { dueAt, fire }] of this.#timers) {
      if (dueAt > this.now) continue
      this.#timers.delete(id)
      fire()
    }
  }

  /** How many timers nobody has cleared. */
  get pending(): number {
    return this.#timers.size
  }
}
