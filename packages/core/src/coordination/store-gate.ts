import type { Awaitable } from '../backing-store.ts'
import { StoreError } from '../store-error.ts'
import type { Patience } from './patience.ts'

/** The one way to the store: knows which calls and callers are under way, so that a close can wait for them, and ends. */
export class StoreGate {
  readonly #waiting = new Set<Patience>()
  #calls = 0
  #ended = false
  #drained: (() => void) | undefined

  /** What `call` answers. It is made at once, and not at all after the end: `CLOSED`. */
  async call<T>(call: () => Awaitable<T>): Promise<T> {
    if (this.#ended) throw new StoreError('CLOSED', 'the cache was closed')
    this.#calls++
    try {
      return await call()
    } finally {
      this.#calls--
      this.#tellDrained()
    }
  }

  /** Answers a caller by `operation`, as long as it has the patience. */
  async serve<T>(patience: Patience, operation: (patience: Patience) => Promise<T>): Promise<T> {
    this.#waiting.add(patience)
    try {
      return await operation(patience)
    } finally {
      patience.end()
      this.#waiting.delete(patience)
      this.#tellDrained()
    }
  }

  /** Resolves when no caller waits and no call is under way; true, or false when `timeoutMs` were not enough. */
  async drained(timeoutMs: number | undefined): Promise<boolean> {
    if (this.#isDrained()) return true
    let timer: ReturnType<typeof setTimeout> | undefined
    const inTime = await new Promise<boolean>((resolve) => {
      this.#drained = () => resolve(true)
      if (timeoutMs !== undefined) timer = setTimeout(resolve, timeoutMs, false)
    })
    clearTimeout(timer)
    return inTime
  }

  /** Nothing calls the store from now on, and whoever still waits is told `CLOSED`. */
  end(): void {
    this.#ended = true
    for (const patience of this.#waiting) patience.closed()
  }

  #isDrained(): boolean {
    return this.#calls === 0 && this.#waiting.size === 0
  }

  #tellDrained(): void {
    if (this.#drained !== undefined && this.#isDrained()) this.#drained()
  }
}
