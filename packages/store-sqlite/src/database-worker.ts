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
  readonly #expecting: PromiseWithResolvers<AnswerMessage>[] = []
  /** Why the thread ended, once it has. */
  #ended: StoreError | undefined
  #fault: unknown

  private constructor(settings: Settings) {
    this.#worker = new Worker(WORKER, { workerData: settings, execArgv: EXEC_ARGV, name: 'AsyncSqliteStore' })
    this.#worker.on('message', (message: AnswerMessage) => this.#expecting.shift()?.resolve(message))
    this.#worker.on('error', (fault) => {
      this.#fault = fault
    })
    // Nothing that it was doing goes on after this.
    this.#worker.on('exit', () => {
      const reason = this.#fault instanceof Error ? `: ${this.#fault.message}` : ''
      const message = `the thread of the database ended${reason}; the next call starts another`
      this.#ended = new StoreError('UNAVAILABLE', message, { cause: this.#fault, applied: 'unknown' })
      for (const { reject } of this.#expecting.splice(0)) reject(this.#ended)
    })
  }

  /** Starts the thread and opens the database. Rejects when it cannot be opened, and the thread has ended then. */
  static async start(settings: Settings): Promise<DatabaseWorker> {
    const worker = new DatabaseWorker(settings)
    await worker.#done('opened')
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

  /** What became of the calls, and how long the thread was at them. Rejects, with `applied: 'unknown'`, when it ends over them. */
  async answer(calls: readonly Call[]): Promise<{ outcomes: Outcome[]; tookMs: number }> {
    const message = callsMessage(calls)
    const answer = this.#next()
    this.#worker.postMessage(message satisfies CallMessage, [message])
    const received = await answer
    if (received.type !== 'answered') throw new Error(`the worker said ${received.type} instead of an answer`)
    return { outcomes: outcomesOf(received.outcomes), tookMs: received.tookMs }
  }

  /** Closes the database and ends the thread. */
  async close(): Promise<void> {
    const done = this.#done('closed')
    this.#worker.postMessage('close' satisfies CallMessage)
    await done
  }

  /** Ends the thread, whatever it is doing, as soon as it comes back from the database; resolves when it has ended. */
  async terminate(): Promise<void> {
    await this.#worker.terminate()
  }

  async #done(type: 'opened' | 'closed'): Promise<void> {
    const received = await this.#next()
    if (received.type !== type) throw new Error(`the worker said ${received.type} instead of ${type}`)
    if (received.error !== undefined) throw receivedError(received.error)
  }

  #next(): Promise<AnswerMessage> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    const expected = Promise.withResolvers<AnswerMessage>()
    this.#expecting.push(expected)
    return expected.promise
  }
}
