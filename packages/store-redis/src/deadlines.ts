/** setTimeout takes no more. What lives longer is told early, which costs a load. */
const LONGEST_MS = 2 ** 31 - 1

/**
 * When keys expire on the server, for those who hold their values: the server itself tells only when it notices. So many keys
 * at most; of more, those noted first are told at once.
 */
export class Deadlines {
  readonly #tell: (key: string) => void
  readonly #mostKeys: number
  readonly #timers = new Map<string, { readonly at: number; readonly timer: NodeJS.Timeout }>()

  constructor(tell: (key: string) => void, mostKeys = 100_000) {
    this.#tell = tell
    this.#mostKeys = mostKeys
  }

  get size(): number {
    return this.#timers.size
  }

  /** Tells of `key` when `inMs` have passed since `since`, or earlier when it was noted for earlier. */
  note(key: string, inMs: number, since: number): void {
    const at = since + inMs
    const noted = this.#timers.get(key)
    if (noted !== undefined && noted.at <= at) return
    this.forget(key)
    if (this.#timers.size >= this.#mostKeys) {
      const [first] = this.#timers.keys()
      this.forget(first!)
      this.#tell(first!)
    }
    const leftMs = Math.min(Math.max(at - performance.now(), 1), LONGEST_MS)
    const timer = setTimeout(() => {
      this.#timers.delete(key)
      this.#tell(key)
    }, leftMs)
    timer.unref()
    this.#timers.set(key, { at, timer })
  }

  forget(key: string): void {
    clearTimeout(this.#timers.get(key)?.timer)
    this.#timers.delete(key)
  }

  clear(): void {
    for (const { timer } of this.#timers.values()) clearTimeout(timer)
    this.#timers.clear()
  }
}
