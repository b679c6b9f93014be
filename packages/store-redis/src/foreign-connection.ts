import { AS_BYTES, type Command } from './link.ts'
import type { HandedInClient } from './options.ts'
import { isAbort, NotSent } from './translate-error.ts'

/**
 * The way to the server over a client that somebody else owns. It may queue while the server is away: a call that has no answer
 * in time is given up, and what was sent may be carried out later.
 */
export class ForeignConnection {
  readonly runId = undefined
  readonly #client: HandedInClient
  readonly #commandTimeoutMs: number
  readonly #maxPending: number
  #pending = 0
  #onIdle: (() => void) | undefined

  constructor(client: HandedInClient, options: { commandTimeoutMs: number; maxPending: number }) {
    if (typeof client.sendCommand !== 'function') {
      throw new TypeError('RedisStore: client is one of createClient of @redis/client or redis')
    }
    this.#client = client
    this.#commandTimeoutMs = options.commandTimeoutMs
    this.#maxPending = options.maxPending
  }

  async ready(): Promise<void> {
    await this.send([['PING']])[0]
  }

  send(commands: readonly Command[], signal?: AbortSignal): Promise<unknown>[] {
    if (this.#pending >= this.#maxPending) {
      const message = `${this.#pending} commands are under way, maxPending; try again later`
      return commands.map(() => Promise.reject(new NotSent('BUSY', message)))
    }
    return commands.map((command) => this.#send(command, signal))
  }

  /** Waits for what was asked before. The client is its owner's to close. */
  async close(): Promise<void> {
    if (this.#pending === 0) return
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve
    })
  }

  async #send(command: Command, signal: AbortSignal | undefined): Promise<unknown> {
    if (!this.#client.isOpen) {
      throw new NotSent('UNAVAILABLE', 'the client is not connected; call its connect')
    }
    this.#pending++
    const givingUp = new AbortController()
    const abort = () => givingUp.abort()
    signal?.addEventListener('abort', abort)
    if (signal?.aborted) abort()
    const late = Promise.withResolvers<never>()
    const timeout = new Error(`no answer within ${this.#commandTimeoutMs} ms`)
    const timer = setTimeout(() => {
      givingUp.abort(timeout)
      late.reject(timeout)
    }, this.#commandTimeoutMs)
    const options = { typeMapping: AS_BYTES, abortSignal: givingUp.signal }
    const answer = this.#client.sendCommand(command as (string | Buffer)[], options)
    try {
      return await Promise.race([answer, late.promise])
    } catch (error) {
      // A command that its signal took back was not sent, whoever aborted it.
      const isTimeout = givingUp.signal.reason === timeout
      if (isAbort(error) && isTimeout) throw new NotSent('UNAVAILABLE', timeout.message)
      throw error
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
      if (--this.#pending === 0) this.#onIdle?.()
    }
  }
}
