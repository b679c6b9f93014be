import type { AsyncBackingStore, Awaitable } from '../backing-store.ts'
import { keyText } from '../key-text.ts'
import { StoreError } from '../store-error.ts'
import { answerAlone, sendBatch } from './send-batch.ts'

/** A write that somebody asked for. */
export interface Call<K, V> {
  readonly operation: 'store' | 'storeMany' | 'storeIf' | 'remove' | 'removeMany' | 'removeIf'
  readonly keys: readonly K[]
  /** What a `store` or `storeMany` stores. The others have none, and share no commit. */
  readonly entries?: readonly (readonly [K, V])[]
  /** The call as its caller made it. */
  alone(): Awaitable<unknown>
}

/** A call that waits, and how its caller is answered. */
export interface QueuedCall<K, V> extends Call<K, V> {
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: unknown) => void
  /** It goes to the store now, and can no longer be called off. */
  readonly taken: () => void
}

/**
 * Writes in the order in which they came. One step is on its way at a time: as many stores as may share a commit, or removes
 * of different keys. A call goes ahead of others only if none of them names one of its keys.
 */
export class CommitQueue<K, V> {
  readonly #store: AsyncBackingStore<K, V>
  readonly #maxBatch: number
  readonly #maxDelayMs: number
  #queue: QueuedCall<K, V>[] = []
  /** Settles when nothing is queued or on its way. */
  #running: Promise<void> | undefined
  /** How many entries have come since it runs. */
  #gathered = 0
  #stopWaiting: () => void = () => {}
  #closing: Promise<void> | undefined

  constructor(store: AsyncBackingStore<K, V>, limits: { maxBatch: number; maxDelayMs: number }) {
    this.#store = store
    this.#maxBatch = limits.maxBatch
    this.#maxDelayMs = limits.maxDelayMs
  }

  /** What the store answers to the call. */
  add<T = void>(call: Call<K, V>, signal: AbortSignal | undefined): Promise<T> {
    if (this.#closing !== undefined) {
      const message = `${nameOf(call)}: the store was closed; open another`
      throw new StoreError('CLOSED', message, { key: keyOf(call) })
    }
    if (signal?.aborted) throw aborted(call, signal)
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    const callOff = () => {
      this.#queue.splice(this.#queue.indexOf(queued), 1)
      reject(aborted(call, signal!))
    }
    const taken = () => signal?.removeEventListener('abort', callOff)
    const queued: QueuedCall<K, V> = { ...call, resolve, reject, taken }
    signal?.addEventListener('abort', callOff, { once: true })
    this.#queue.push(queued)
    this.#running ??= this.#run()
    this.#gathered += call.keys.length
    if (this.#gathered >= this.#maxBatch) this.#stopWaiting()
    return promise as Promise<T>
  }

  /** Waits for what is queued, then closes the store. */
  close(): Promise<void> {
    this.#closing ??= this.#drain()
    return this.#closing
  }

  async #drain(): Promise<void> {
    this.#stopWaiting()
    await this.#running
    await this.#store.close?.()
  }

  async #run(): Promise<void> {
    if (this.#maxDelayMs > 0) await this.#othersMayCome()
    for (;;) {
      // Who has just been answered, and whoever else has something to write in this turn, joins the next batch.
      await nextTurn()
      const step = this.#take()
      if (step.length === 0) break
      for (const call of step) call.taken()
      if (step[0]!.entries !== undefined) await sendBatch(this.#store, step)
      else await Promise.all(step.map(answerAlone))
    }
    this.#running = undefined
    this.#gathered = 0
  }

  #othersMayCome(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.#maxDelayMs)
      this.#stopWaiting = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  /** Takes what may go together out of the queue. The first call always goes. */
  #take(): QueuedCall<K, V>[] {
    const step: QueuedCall<K, V>[] = []
    const left: QueuedCall<K, V>[] = []
    /** Whoever names one of these waits for its turn. */
    const waitedFor = new Set<K>()
    const stores = this.#queue[0]?.entries !== undefined
    let entries = 0
    let seen = 0
    for (const call of this.#queue) {
      if (entries >= this.#maxBatch) break
      seen++
      const { keys } = call
      const isKind = (call.entries !== undefined) === stores
      const hasRoom = step.length === 0 || entries + keys.length <= this.#maxBatch
      const goes = isKind && hasRoom && !(waitedFor.size > 0 && keys.some((key) => waitedFor.has(key)))
      if (goes) entries += keys.length
      ;(goes ? step : left).push(call)
      // Two removes of a key are two calls of the store, one after the other.
      if (!goes || !stores) for (const key of keys) waitedFor.add(key)
    }
    this.#queue = [...left, ...this.#queue.slice(seen)]
    return step
  }
}

/** As an error names it. */
export function nameOf({ operation, keys }: Call<unknown, unknown>): string {
  return `${operation} of ${isBulk(operation) ? `${keys.length} keys` : keyText(keys[0])}`
}

/** The one key that it is about. */
export function keyOf<K>({ operation, keys }: Call<K, unknown>): K | undefined {
  return isBulk(operation) ? undefined : keys[0]
}

function isBulk(operation: Call<unknown, unknown>['operation']): boolean {
  return operation === 'storeMany' || operation === 'removeMany'
}

function aborted(call: Call<unknown, unknown>, signal: AbortSignal): StoreError {
  const message = `${nameOf(call)}: it was aborted before the store was asked`
  return new StoreError('ABORTED', message, { key: keyOf(call), cause: signal.reason, applied: 'no' })
}

/** After everything that runs in this turn. In browsers, which have no setImmediate, that takes up to 4 ms. */
function nextTurn(): Promise<void> {
  const { setImmediate = setTimeout } = globalThis as { setImmediate?: (go: () => void) => unknown }
  return new Promise((resolve) => void setImmediate(resolve))
}
