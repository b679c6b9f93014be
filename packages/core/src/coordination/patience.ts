import { type Applied, StoreError } from '../store-error.ts'

/** How long a caller waits. */
export interface WaitOptions {
  /** When it aborts, the operation rejects with `ABORTED`, whose `cause` is the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** When that many milliseconds have passed, the operation rejects with `TIMEOUT`. No default: it waits. */
  readonly timeoutMs?: number | undefined
}

/**
 * One caller's wait: over when its signal aborts, its time is up, or the cache is closed for good. Whatever it waits for
 * goes on without it.
 */
export class Patience {
  readonly #what: string
  readonly #key: unknown
  readonly signal: AbortSignal | undefined
  #timer: ReturnType<typeof setTimeout> | undefined
  #over: StoreError | undefined
  readonly #rejects = new Set<(error: StoreError) => void>()

  /** Throws a `TypeError` or `RangeError` for what is no signal and no time. */
  constructor(what: string, key: unknown, options: WaitOptions = {}) {
    this.#what = what
    this.#key = key
    const { signal, timeoutMs } = options
    if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
      throw new TypeError(`${what}: signal is an AbortSignal`)
    }
    if (timeoutMs !== undefined && !(Number.isFinite(timeoutMs) && timeoutMs > 0)) {
      throw new RangeError(`${what}: timeoutMs is a number above 0, not ${String(timeoutMs)}`)
    }
    this.signal = signal
    if (signal?.aborted) this.#abort()
    else signal?.addEventListener('abort', this.#abort)
    if (timeoutMs !== undefined) this.#timer = setTimeout(this.#expire, timeoutMs, timeoutMs)
  }

  /** Why it is over, or `undefined`. */
  get over(): StoreError | undefined {
    return this.#over
  }

  /** What `promise` brings, or a rejection with `over`, whichever comes first. */
  async wait<T>(promise: PromiseLike<T>): Promise<T> {
    if (this.#over !== undefined) {
      promise.then(undefined, () => {})
      throw this.#over
    }
    let rejectWait: ((error: StoreError) => void) | undefined
    try {
      return await new Promise<T>((resolve, reject) => {
        rejectWait = reject
        this.#rejects.add(reject)
        promise.then(resolve, reject)
      })
    } finally {
      if (rejectWait !== undefined) this.#rejects.delete(rejectWait)
    }
  }

  /** Waits that long, or until `early` resolves, or rejects with `over`. */
  async pause(pauseMs: number, early?: Promise<void>): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined
    try {
      await this.wait(
        new Promise<void>((resolve) => {
          timer = setTimeout(resolve, pauseMs)
          void early?.then(resolve)
        }),
      )
    } finally {
      clearTimeout(timer)
    }
  }

  /** Ends the wait with an error. */
  give(error: StoreError): void {
    if (this.#over !== undefined) return
    this.#over = error
    for (const reject of this.#rejects) reject(error)
  }

  /** Nobody waits any more. */
  end(): void {
    this.signal?.removeEventListener('abort', this.#abort)
    if (this.#timer !== undefined) clearTimeout(this.#timer)
  }

  /** The error for a wait that the cache itself ends. */
  closed(): void {
    this.give(new StoreError('CLOSED', `${this.#what}: the cache was closed meanwhile`, { key: this.#key }))
  }

  readonly #abort = (): void => {
    const cause = this.signal?.reason
    this.give(
      new StoreError('ABORTED', `${this.#what}: it was aborted`, { key: this.#key, cause, applied: 'no' }),
    )
  }

  readonly #expire = (timeoutMs: number): void => {
    const message = `${this.#what}: no answer within ${timeoutMs} ms`
    this.give(new StoreError('TIMEOUT', message, { key: this.#key, applied: 'no' }))
  }
}

/** The same error for a write that had been sent to the store already. */
export function sent(error: StoreError, applied: Applied = 'unknown'): StoreError {
  const { code, message, key, cause } = error
  const text = `${message}; the store had been asked, so that it may have happened`
  return new StoreError(code, text, { key, applied, ...(cause === undefined ? {} : { cause }) })
}
