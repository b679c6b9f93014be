import { AS_BYTES, type Command } from './link.ts'
import { listKeys } from './list-keys.ts'
import type { HandedInClient } from './options.ts'
import { waitCommand, whenReplicated } from './replicas.ts'
import type { Sender, SenderSettings } from './sender.ts'
import { isAbort, NotSent } from './translate-error.ts'

/**
 * The way to the server over a client that somebody else owns. It may queue while the server is away: a call that has no answer
 * in time is given up, and what was sent may be carried out later.
 */
export class ForeignConnection implements Sender {
  readonly secrets: ReadonlySet<string> = new Set()
  readonly durability = undefined
  readonly #client: HandedInClient
  readonly #settings: SenderSettings
  #pending = 0
  #onIdle: (() => void) | undefined

  constructor(settings: SenderSettings, client: HandedInClient) {
    if (typeof client.sendCommand !== 'function') {
      throw new TypeError('RedisStore: client is one of createClient of @redis/client or redis')
    }
    this.#client = client
    this.#settings = settings
  }

  async ready(): Promise<void> {
    await this.read([['PING']])[0]
  }

  write(commands: readonly Command[], signal?: AbortSignal): Promise<unknown>[] {
    const { replicas } = this.#settings
    if (replicas === undefined) return this.read(commands, signal)
    const replies = this.read([...commands, waitCommand(replicas)], signal)
    const reached = replies.pop()!
    return replies.map((reply) => whenReplicated(reply, reached, replicas))
  }

  keyPages(signal?: AbortSignal): AsyncGenerator<readonly string[], void, undefined> {
    return listKeys(this.#settings.names, async (command) => {
      return { page: await this.read([command], signal)[0], runId: undefined }
    })
  }

  read(commands: readonly Command[], signal?: AbortSignal): Promise<unknown>[] {
    if (this.#pending >= this.#settings.maxPending) {
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
    const { commandTimeoutMs } = this.#settings
    const timeout = new Error(`no answer within ${commandTimeoutMs} ms`)
    const timer = setTimeout(() => {
      givingUp.abort(timeout)
      late.reject(timeout)
    }, commandTimeoutMs)
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
