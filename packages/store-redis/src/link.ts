import { createClient, type RedisClientOptions, RESP_TYPES } from '@redis/client'
import type { ConnectionOptions } from './options.ts'
import { isAbort, isReply } from './translate-error.ts'

/** A command as it is sent: its name and its parameters. */
export type Command = readonly (string | Buffer)[]

/** Says which connection it was: client ids count from 1 in every run of a server. */
export interface LinkId {
  readonly id: number
  readonly runId: string
}

export interface LinkOptions {
  readonly client: ConnectionOptions
  readonly connectTimeoutMs: number
  readonly commandTimeoutMs: number
  /** The server tells of changes on this connection. */
  readonly tracks: boolean
}

/** Replies as Buffers: what is stored need not be text. */
export const AS_BYTES: { [RESP_TYPES.BLOB_STRING]: typeof Buffer } = { [RESP_TYPES.BLOB_STRING]: Buffer }

/** The server may say nothing for so many parts of commandTimeoutMs while commands wait. */
const PARTS = 5

/** One connection, from its beginning to its end, after which it is of no more use. */
export class Link {
  /** Commands that wait for their reply. */
  pending = 0
  readonly #client: ReturnType<typeof createClient>
  readonly #options: LinkOptions
  #watch: NodeJS.Timeout | undefined
  #silentParts = 0
  #onIdle: (() => void) | undefined
  #ended: { readonly cause: unknown } | undefined
  readonly #end: Promise<never>
  #rejectEnd: (cause: unknown) => void = () => {}

  private constructor(options: LinkOptions, onChange: (key: Buffer | null) => void) {
    this.#options = options
    this.#end = new Promise((_, reject) => {
      this.#rejectEnd = reject
    })
    // Who waits for it handles it.
    this.#end.catch(() => {})
    this.#client = createClient({
      ...(options.client as RedisClientOptions),
      RESP: 3,
      socket: {
        ...options.client.socket,
        reconnectStrategy: false,
        connectTimeout: options.connectTimeoutMs,
      },
      disableOfflineQueue: true,
      disableClientInfo: true,
      maintNotifications: 'disabled',
      // A timer for each command would cost more than the command: `#lookForReplies` watches them all.
      commandOptions: { timeout: undefined },
      ...(options.tracks && { emitInvalidate: true }),
    } as unknown as RedisClientOptions) as ReturnType<typeof createClient>
    this.#client.on('error', (cause) => this.drop(cause))
    this.#client.on('invalidate', onChange)
  }

  /** Connects and authenticates. Rejects, and leaves nothing open, when that takes longer than connectTimeoutMs. */
  static async open(options: LinkOptions, onChange: (key: Buffer | null) => void = () => {}): Promise<Link> {
    const link = new Link(options, onChange)
    const timer = setTimeout(() => {
      link.drop(new Error(`no answer within ${options.connectTimeoutMs} ms`))
    }, options.connectTimeoutMs)
    try {
      await Promise.race([link.#client.connect(), link.#end])
    } catch (cause) {
      // Also when the handshake was refused: the client would leave the socket open.
      link.drop(cause)
      throw link.reasonOf(cause)
    } finally {
      clearTimeout(timer)
    }
    link.#client.unref()
    link.#watch = setInterval(() => link.#lookForReplies(), options.commandTimeoutMs / PARTS)
    link.#watch.unref()
    return link
  }

  /** Rejects when the connection is no more, with the reason. */
  get end(): Promise<never> {
    return this.#end
  }

  /** Why a command failed: what the server answered, or else why the connection ended. */
  reasonOf(error: unknown): unknown {
    if (isReply(error) || isAbort(error)) return error
    return this.#ended === undefined ? error : this.#ended.cause
  }

  /** Sends a command, in the order of the calls. Until it is written, which is in the next turn, `signal` takes it back. */
  send(command: Command, signal?: AbortSignal): Promise<unknown> {
    if (this.pending++ === 0) {
      this.#silentParts = 0
      this.#client.ref()
    }
    const reply = this.#client.sendCommand(command as (string | Buffer)[], {
      typeMapping: AS_BYTES,
      ...(signal && { abortSignal: signal }),
    })
    reply.then(this.#settled, this.#settled)
    return reply
  }

  /** Ends it at once: all that wait are rejected. */
  drop(cause: unknown): void {
    if (this.#ended !== undefined) return
    this.#ended = { cause }
    clearInterval(this.#watch)
    this.#client.destroy()
    this.#rejectEnd(cause)
  }

  /** Resolves when no command waits. */
  async idle(): Promise<void> {
    if (this.pending === 0) return
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve
    })
  }

  /** Ends it when all that wait have their replies. */
  async close(): Promise<void> {
    await this.idle()
    this.drop(new Error('closed'))
  }

  readonly #settled = (): void => {
    this.#silentParts = 0
    if (--this.pending > 0) return
    this.#client.unref()
    this.#onIdle?.()
  }

  /**
   * A server that does not answer, or a network that swallows, ends the connection. Counted in parts: when this process
   * itself stood still, only one of them has passed, and the replies that are there are read before the next.
   */
  #lookForReplies(): void {
    if (this.pending === 0 || ++this.#silentParts < PARTS) return
    this.drop(new Error(`no answer within ${this.#options.commandTimeoutMs} ms`))
  }
}
