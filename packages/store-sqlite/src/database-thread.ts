import { keyText, StoreError } from '@wt/core'
import { DatabaseWorker } from './database-worker.ts'
import { closed } from './entry-table.ts'
import { type Call, type Outcome, receivedError } from './messages.ts'
import type { Settings } from './options.ts'

/** More calls than these go in several messages, so that neither thread is at one of them for long. */
const MOST_CALLS = 512
/**
 * While messages are answered within this time their commits are cheap, and two are on their way at once: one thread fills
 * the one while the other answers the other. Otherwise all calls that wait share the next commit.
 */
const QUICK_MS = 2
/** Fewer calls than these are not worth two commits. */
const FEWEST_TO_SPLIT = 16
/** A thread that ended again and again is started again ever later. */
const BACK_OFF_MS = { first: 50, longest: 5000 }
/** What a close gives the database beyond the time that its calls may wait for a lock. */
const CLOSING_MS = 10_000

/** What is asked of the thread, and how an error names it. */
export interface Request extends Call {
  readonly key?: string
  readonly signal?: AbortSignal | undefined
}

export type Answer = Outcome & { readonly error?: undefined }

interface Queued {
  readonly request: Request
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
  readonly taken: () => void
}

/**
 * The calls of one store, in their order, and the thread that answers them: those of one turn, and those made while messages
 * are on their way, go in one message, whose writes share a commit. A thread that ends is started again by the next call.
 */
export class DatabaseThread {
  readonly #settings: Settings
  readonly #queue: Queued[] = []
  #worker: DatabaseWorker | undefined
  /** How many threads have ended since a message was last answered. */
  #failures = 0
  /** Messages, and the calls in them, that are on their way. */
  #messages = 0
  #callsSent = 0
  #isQuick = false
  #isScheduled = false
  /** Settles when nothing is queued or on its way. */
  #busy: PromiseWithResolvers<void> | undefined
  #closing: Promise<void> | undefined

  constructor(settings: Settings) {
    this.#settings = settings
  }

  call(request: Request): Promise<Answer> {
    this.assertOpen(request.name, request.key)
    const { signal } = request
    if (signal?.aborted) throw aborted(request, signal)
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const callOff = () => {
      this.#queue.splice(this.#queue.indexOf(queued), 1)
      reject(aborted(request, signal!))
    }
    const taken = () => signal?.removeEventListener('abort', callOff)
    const queued: Queued = { request, resolve, reject, taken }
    signal?.addEventListener('abort', callOff, { once: true })
    this.#queue.push(queued)
    this.#schedule()
    return promise
  }

  assertOpen(name: string, key?: string): void {
    if (this.#closing !== undefined) throw closed(name, key)
  }

  /** Answers what was asked before, closes the database, and ends the thread. Rejects with `TIMEOUT` when that takes too long. */
  close(): Promise<void> {
    this.#closing ??= this.#closeInTime()
    return this.#closing
  }

  /** Who has just been answered, and whoever else asks for something in this turn, joins the next message. */
  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    if (this.#busy === undefined) {
      this.#busy = Promise.withResolvers()
      this.#worker?.keepProcess(true)
    }
    setImmediate(() => void this.#send())
  }

  async #send(): Promise<void> {
    const worker = this.#nextSize() > 0 ? await this.#started() : undefined
    this.#isScheduled = false
    if (worker !== undefined) {
      for (let size = this.#nextSize(); size > 0; size = this.#nextSize()) void this.#exchange(worker, size)
    }
    if (this.#messages > 0) return
    // Called off, or refused with the thread that could not be started; whoever has come since has scheduled nothing.
    if (this.#queue.length > 0) return this.#schedule()
    this.#worker?.keepProcess(false)
    this.#busy?.resolve()
    this.#busy = undefined
  }

  /** How many calls go in a message now. */
  #nextSize(): number {
    const waiting = Math.min(this.#queue.length, MOST_CALLS)
    if (this.#messages === 0) {
      return this.#isQuick && waiting >= FEWEST_TO_SPLIT ? Math.ceil(waiting / 2) : waiting
    }
    const isWorthIt = this.#isQuick && this.#messages === 1 && waiting >= this.#callsSent
    return isWorthIt ? waiting : 0
  }

  /** The thread, with its database open. When it cannot be opened all who wait are told why, and nothing was changed. */
  async #started(): Promise<DatabaseWorker | undefined> {
    if (this.#worker?.isRunning) return this.#worker
    const { first, longest } = BACK_OFF_MS
    // A first end may have been an accident.
    if (this.#failures > 1) {
      const backOffMs = Math.min(first * 2 ** (this.#failures - 2), longest)
      await new Promise((resolve) => setTimeout(resolve, backOffMs))
    }
    try {
      this.#worker = await DatabaseWorker.start(this.#settings)
      return this.#worker
    } catch (error) {
      this.#failures++
      for (const { request, reject } of this.#take(this.#queue.length)) reject(failed(request, error, 'no'))
      return undefined
    }
  }

  async #exchange(worker: DatabaseWorker, size: number): Promise<void> {
    const calls = this.#take(size)
    this.#messages++
    this.#callsSent += size
    try {
      const { outcomes, tookMs } = await worker.answer(calls.map(({ request }) => request))
      this.#failures = 0
      this.#isQuick = tookMs < QUICK_MS
      for (const [place, { resolve, reject }] of calls.entries()) {
        const outcome = outcomes[place]!
        if (outcome.error === undefined) resolve(outcome)
        else reject(receivedError(outcome.error))
      }
    } catch (error) {
      // Told when nothing of it can take effect any more.
      await worker.terminate()
      if (this.#worker === worker) {
        this.#worker = undefined
        this.#failures++
      }
      for (const { request, reject } of calls) reject(failed(request, error, 'unknown'))
    }
    this.#messages--
    this.#callsSent -= size
    this.#schedule()
  }

  #take(most: number): Queued[] {
    const calls = this.#queue.splice(0, most)
    for (const call of calls) call.taken()
    return calls
  }

  async #closeInTime(): Promise<void> {
    const limitMs = CLOSING_MS + (this.#settings.busyTimeoutMs ?? 0)
    let timer: NodeJS.Timeout | undefined
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        void this.#worker?.terminate()
        const message = `close: the database did not answer within ${limitMs} ms; its thread ends when it does`
        reject(new StoreError('TIMEOUT', message))
      }, limitMs)
    })
    try {
      await Promise.race([this.#drain(), limit])
    } finally {
      clearTimeout(timer)
    }
  }

  async #drain(): Promise<void> {
    await this.#busy?.promise
    if (!this.#worker?.isRunning) return
    this.#worker.keepProcess(true)
    await this.#worker.close()
  }
}

function failed(request: Request, cause: unknown, applied: 'no' | 'unknown'): StoreError {
  const code = StoreError.is(cause) ? cause.code : 'UNAVAILABLE'
  const said = cause instanceof Error ? cause.message : String(cause)
  return new StoreError(code, `${nameOf(request)}: ${said}`, { key: request.key, cause, applied })
}

function aborted(request: Request, signal: AbortSignal): StoreError {
  const message = `${nameOf(request)}: it was aborted before the database was asked`
  return new StoreError('ABORTED', message, { key: request.key, cause: signal.reason, applied: 'no' })
}

function nameOf({ name, key }: Request): string {
  return key === undefined ? name : `${name} of ${keyText(key)}`
}
