import { Worker } from 'node:worker_threads'
import { StoreError } from '@wt/core'
import {
  type AnswerMessage,
  type Call,
  type CallMessage,
  callsMessage,
  type Outcome,
  outcomesOf,
  receivedError,
} from './messages.ts'
import type { Settings } from './options.ts'

/** Run from the sources, the worker is one too. Its options are set anew: what the process was started with may not suit it. */
const IS_SOURCE = import.meta.url.endsWith('.ts')
const WORKER = new URL(IS_SOURCE ? './worker.ts' : './worker.js', import.meta.url)
const EXEC_ARGV = IS_SOURCE ? ['--conditions=@wt/source', '--disable-warning=ExperimentalWarning'] : []

/** One run of the thread, from its start to its end. Messages are answered in their order. */
export class DatabaseWorker {
  readonly #worker: Worker
  /** Whoever waits to hear that the database is open, or closed. */
  #change: PromiseWithResolvers<void> | undefined
  /** The messages on their way: how many calls each has, and who waits for what became of them. */
  readonly #sent: (PromiseWithResolvers<Outcome[]> & { readonly size: number })[] = []
  /** Why the thread ended, once it has. */
  #ended: StoreError | undefined
  #fault: unknown

  private constructor(settings: Settings) {
    this.#worker = new Worker(WORKER, { workerData: settings, execArgv: EXEC_ARGV, name: 'AsyncSqliteStore' })
    this.#worker.on('message', (message: AnswerMessage) => this.#received(message))
    this.#worker.on('error', (fault) => {
      this.#fault = fault
    })
    // Nothing that it was doing goes on after this.
    this.#worker.on('exit', () => {
      const reason = this.#fault instanceof Error ? `: ${this.#fault.message}` : ''
      const message = `the thread of the database ended${reason}; the next call starts another`
      this.#ended = new StoreError('UNAVAILABLE', message, { cause: this.#fault, applied: 'unknown' })
      this.#change?.reject(this.#ended)
      for (const { reject } of this.#sent.splice(0)) reject(this.#ended)
    })
  }

  /** Starts the thread and opens the database. Rejects when it cannot be opened, and the thread has ended then. */
  static async start(settings: Settings): Promise<DatabaseWorker> {
    const worker = new DatabaseWorker(settings)
    await worker.#changed()
    return worker
  }

  get isRunning(): boolean {
    return this.#ended === undefined
  }

  /** Whether the process waits for the thread. */
  keepProcess(keep: boolean): void {
    if (keep) this.#worker.ref()
    else this.#worker.unref()
  }

  /** What became of the calls. Rejects, with `applied: 'unknown'`, when the thread ends over them. */
  async answer(calls: readonly Call[]): Promise<Outcome[]> {
    if (this.#ended !== undefined) throw this.#ended
    const message = callsMessage(calls)
    const sent = { ...Promise.withResolvers<Outcome[]>(), size: calls.length }
    this.#sent.push(sent)
    this.#worker.postMessage(message satisfies CallMessage, [message.parcel.bytes.buffer])
    return await sent.promise
  }

  /** Closes the database and ends the thread. */
  async close(): Promise<void> {
    const closed = this.#changed()
    this.#worker.postMessage('close' satisfies CallMessage)
    await closed
  }

  /** Ends the thread, whatever it is doing, as soon as it comes back from the database; resolves when it has ended. */
  async terminate(): Promise<void> {
    await this.#worker.terminate()
  }

  async #changed(): Promise<void> {
    if (this.#ended !== undefined) throw this.#ended
    this.#change = Promise.withResolvers()
    await this.#change.promise
  }

  #received(received: AnswerMessage): void {
    if (received.type === 'changed') {
      if (received.error === undefined) this.#change?.resolve()
      else this.#change?.reject(receivedError(received.error))
      return
    }
    // One answer to all the messages whose calls shared a commit.
    const outcomes = outcomesOf(received.message)
    for (let place = 0; place < outcomes.length; ) {
      const { size, resolve } = this.#sent.shift()!
      resolve(outcomes.slice(place, place + size))
      place += size
    }
  }
}
