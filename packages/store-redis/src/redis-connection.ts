import { AbortError } from '@redis/client'
import { type Command, Link, type LinkId } from './link.ts'
import type { ConnectionOptions } from './options.ts'
import { assertPrimary, type ServerAddress } from './sentinels.ts'
import { NotSent, textOf } from './translate-error.ts'

/** What is told of the server's changes, and of the connection that tells of them. */
export interface ChangeListener {
  /** The commands that switch the news on, sent before any other on a new connection. */
  readonly commands: readonly Command[]
  /** A connection is up, on which these commands were answered. */
  opened(): void
  lost(): void
  /** Someone else changed a key; null: all of them. */
  changed(key: Buffer | null): void
}

export interface RedisConnectionOptions {
  readonly client: ConnectionOptions
  readonly connectTimeoutMs: number
  readonly commandTimeoutMs: number
  readonly maxPending: number
  readonly lateWrites: boolean
  readonly secrets: ReadonlySet<string>
  /** Where the server is now, which has to be a primary; asked before each connection. Default: where the client's options say. */
  readonly locate?: (withinMs: number) => Promise<ServerAddress>
  /** Is called on each new connection before it is used. */
  readonly prepare?: (link: Link) => Promise<void>
}

interface Waiting {
  readonly start: (link: Link) => void
  readonly fail: (cause: Error) => void
}

const FIRST_PAUSE_MS = 50
const LONGEST_PAUSE_MS = 2000

/**
 * The way to one server: one connection at a time, made by the first call and again whenever it was lost, after a pause that
 * grows up to 2 seconds, with jitter. Nothing is queued but what waits for a connection that is being made; in the pauses
 * calls fail at once. Nothing is sent twice.
 *
 * **Fence.** What was sent on a connection that was lost may still stand in the server's socket. So the next one is used only
 * when the server has answered that it killed the one before; in another run of the server that one has died with its process.
 * Hence what was rejected as lost takes effect before the next command, or never.
 */
export class RedisConnection {
  readonly #options: RedisConnectionOptions
  #link: Link | undefined
  #linkId: LinkId | undefined
  /** The connection that may have bytes on their way. */
  #unfenced: LinkId | undefined
  #attempt: Promise<void> | undefined
  #waiting: Waiting[] = []
  #failures = 0
  #lastFailure: unknown
  #pause: NodeJS.Timeout | undefined
  #listener: ChangeListener | undefined
  /** What the present connection was made for. */
  #linkListener: ChangeListener | undefined
  /** Ends when the calls on a connection that was given up are answered. */
  #closing: Promise<void> | undefined
  #isClosed = false

  constructor(options: RedisConnectionOptions) {
    this.#options = options
  }

  get isConnected(): boolean {
    return this.#link !== undefined
  }

  /** Which run of which server it is connected to; another after a restart. */
  get runId(): string | undefined {
    return this.#linkId?.runId
  }

  /** Resolves when there is a connection. Rejects with `NotSent` when there is none, and none is made in time. */
  async ready(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#onLink({ start: () => resolve(), fail: reject })
    })
  }

  /** The replies to commands that are sent together, in this order, and after those of every call before. */
  send(commands: readonly Command[], signal?: AbortSignal): Promise<unknown>[] {
    const link = this.#link
    if (link === undefined) return this.#sendLater(commands, signal)
    if (link.pending >= this.#options.maxPending) {
      const refused = new NotSent(
        'BUSY',
        `${link.pending} commands are under way, maxPending; try again later`,
      )
      return commands.map(() => Promise.reject(refused))
    }
    return commands.map((command) => replyOf(link, command, signal))
  }

  /** From now on every connection tells the listener of changes. One that there is, is given up when its calls are answered. */
  listen(listener: ChangeListener): void {
    this.#listener = listener
    if (this.#attempt === undefined && this.#link === undefined && this.#pause === undefined) this.#connect()
    else this.#renew()
  }

  /** Ends the news. The connection goes on. */
  unlisten(): void {
    this.#listener = undefined
    this.#linkListener = undefined
    // Nobody waits for it: the listener hears nothing more either way.
    this.#link?.send(['CLIENT', 'TRACKING', 'OFF']).catch(() => {})
  }

  /** A reply that comes after all changes that were told before. Never waits for a connection, nor for room. */
  async ask(command: Command): Promise<unknown> {
    if (this.#link === undefined) throw this.#away()
    return await replyOf(this.#link, command, undefined)
  }

  /** Gives up the connection, which is of no use, and makes another. */
  drop(cause: Error): void {
    this.#link?.drop(cause)
  }

  /** Answers what was asked before, and ends. Whatever is asked later is the caller's to refuse. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#pause)
    await this.#attempt
    const link = this.#link
    await link?.close()
  }

  #sendLater(commands: readonly Command[], signal: AbortSignal | undefined): Promise<unknown>[] {
    const replies = commands.map(() => Promise.withResolvers<unknown>())
    const fail = (cause: Error) => {
      signal?.removeEventListener('abort', leave)
      for (const { reject } of replies) reject(cause)
    }
    const start = (link: Link) => {
      signal?.removeEventListener('abort', leave)
      for (const [place, command] of commands.entries()) {
        replyOf(link, command, signal).then(replies[place]!.resolve, replies[place]!.reject)
      }
    }
    const waiting: Waiting = { start, fail }
    const leave = () => {
      this.#waiting = this.#waiting.filter((other) => other !== waiting)
      fail(new AbortError())
    }
    signal?.addEventListener('abort', leave)
    this.#onLink(waiting)
    return replies.map(({ promise }) => promise)
  }

  #onLink(waiting: Waiting): void {
    if (this.#link !== undefined) waiting.start(this.#link)
    else if (this.#pause !== undefined) waiting.fail(this.#away())
    else if (this.#waiting.length >= this.#options.maxPending) {
      waiting.fail(new NotSent('BUSY', 'maxPending calls wait for a connection; try again later'))
    } else {
      this.#waiting.push(waiting)
      this.#connect()
    }
  }

  #connect(): void {
    this.#attempt ??= this.#open().finally(() => {
      this.#attempt = undefined
      // What was asked for while it was being made.
      if (this.#linkListener !== this.#listener) this.#renew()
    })
  }

  async #open(): Promise<void> {
    await this.#closing
    const listener = this.#listener
    const { client, locate, connectTimeoutMs, commandTimeoutMs } = this.#options
    let link: Link | undefined
    const began = performance.now()
    const restMs = () => Math.max(Math.ceil(connectTimeoutMs - (performance.now() - began)), 1)
    let timer: NodeJS.Timeout | undefined
    try {
      const socket = { ...client.socket, ...(await locate?.(connectTimeoutMs)) }
      const options = { client: { ...client, socket }, connectTimeoutMs: restMs(), commandTimeoutMs }
      link = await Link.open({ ...options, tracks: listener !== undefined }, (key) => listener?.changed(key))
      const late = new Error(`no answer within ${connectTimeoutMs} ms`)
      timer = setTimeout((opened: Link) => opened.drop(late), restMs(), link)
      if (locate !== undefined) await assertPrimary(link)
      const linkId = await this.#fence(link)
      await Promise.all((listener?.commands ?? []).map((command) => link!.send(command)))
      await this.#options.prepare?.(link)
      this.#use(link, linkId, listener)
    } catch (cause) {
      link?.drop(cause)
      this.#failed(link?.reasonOf(cause) ?? cause)
    } finally {
      clearTimeout(timer)
    }
  }

  async #fence(link: Link): Promise<LinkId> {
    const [id, info] = await Promise.all([link.send(['CLIENT', 'ID']), link.send(['INFO', 'server'])])
    const linkId = { id: Number(id), runId: /run_id:(\w+)/.exec(String(info))?.[1] ?? '' }
    if (this.#options.lateWrites) return linkId
    // Where there is none to kill, it is asked to spare itself: who may not kill is told at the start, not after a fault.
    const { id: victim, runId } = this.#unfenced ?? linkId
    const killed = runId === linkId.runId ? victim : linkId.id
    await link.send(['CLIENT', 'KILL', 'ID', String(killed), 'SKIPME', 'yes'])
    return linkId
  }

  #use(link: Link, linkId: LinkId, listener: ChangeListener | undefined): void {
    this.#link = link
    this.#linkId = linkId
    this.#unfenced = linkId
    this.#failures = 0
    link.end.catch((cause) => this.#lost(link, cause, listener))
    this.#linkListener = listener
    for (const { start } of this.#waiting.splice(0)) start(link)
    if (this.#listener === listener) listener?.opened()
  }

  #lost(link: Link, cause: unknown, listener: ChangeListener | undefined): void {
    listener?.lost()
    if (this.#link !== link) return
    this.#link = undefined
    this.#lastFailure = cause
    if (!this.#isClosed) this.#connect()
  }

  /** Makes a connection in place of the present one, whose calls are answered first. */
  #renew(): void {
    const link = this.#link
    if (link === undefined || this.#isClosed || this.#attempt !== undefined) return
    this.#link = undefined
    this.#closing = link.close()
    this.#connect()
  }

  #failed(cause: unknown): void {
    this.#lastFailure = cause
    for (const { fail } of this.#waiting.splice(0)) fail(this.#away())
    if (this.#isClosed) return
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures++, LONGEST_PAUSE_MS)
    // Many processes lose a server at once; they need not come back at once.
    this.#pause = setTimeout(() => this.#resume(), pauseMs * (0.5 + Math.random() / 2))
    this.#pause.unref()
  }

  #resume(): void {
    this.#pause = undefined
    this.#connect()
  }

  #away(): NotSent {
    const said = textOf(this.#lastFailure, this.#options.secrets)
    return new NotSent(
      'UNAVAILABLE',
      `the server cannot be reached (${said}); nothing was sent, try again later`,
    )
  }
}

async function replyOf(link: Link, command: Command, signal: AbortSignal | undefined): Promise<unknown> {
  try {
    return await link.send(command, signal)
  } catch (error) {
    // The client says that it was disconnected; the link knows why.
    throw link.reasonOf(error)
  }
}
