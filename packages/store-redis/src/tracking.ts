import type { Change } from '@wt/core'
import { Deadlines } from './deadlines.ts'
import type { Command } from './link.ts'
import type { Names } from './names.ts'
import type { ChangeListener, RedisConnection } from './redis-connection.ts'
import type { Tracker } from './sender.ts'

/** A server that is merely slow keeps its connection, and the calls on it. One that has lost its tracking is left. */
const MOST_UNHEARD = 2

/** The canary is no entry: it goes by itself when nobody writes it any more. */
const CANARY_LIVES_MS = '60000'

export function canaryCommand(name: Buffer): Command {
  return ['SET', name, '', 'PX', CANARY_LIVES_MS]
}

export interface TrackingOptions {
  readonly names: Names
  /** Reads, writes, and hears of others' writes, in one order. */
  readonly connection: RedisConnection
  /** Asks something on it: the answer comes after all news that came before. */
  readonly confirm: () => Promise<unknown>
  /** Another connection to the same server, of which the first one hears. */
  readonly canaries: RedisConnection
  /** What is sent on that to write a canary. */
  readonly canary: () => readonly Command[]
  readonly heartbeatMs: number
  readonly heartbeatTimeoutMs: number
  readonly tell: (change: Change<string>) => void
}

/**
 * What others changed, by the server's client-side caching (`CLIENT TRACKING … BCAST`), for one listener.
 *
 * It says `up` when a canary, a key that another connection writes under the prefix, was told of; from then on whatever changes
 * is. A heartbeat makes sure of it: within each, a canary has to be told of, one's own or another process's, for all share
 * one; who saw none writes it. A question on the connection that tells shows that it does so in time. When either is late, or the
 * connection is lost, it says `down`: so a change is unheard of for at most two heartbeats, or timeouts where these are
 * longer, and a timeout.
 */
export class Tracking implements ChangeListener, Tracker {
  readonly commands: readonly Command[]
  readonly #options: TrackingOptions
  readonly #deadlines: Deadlines
  /** Counts connections: what was begun on an earlier one is of no more interest. */
  #round = 0
  #isUp = false
  #sawCanary = false
  /** Beats in a row in which a canary was written and not told of. */
  #unheard = 0
  #onCanary: () => void = () => {}
  #nextBeat: NodeJS.Timeout | undefined

  /** Begins, with `down`. */
  constructor(options: TrackingOptions) {
    this.#options = options
    const { prefix } = options.names
    this.commands = [
      // What the client has switched on is of another mode.
      ['CLIENT', 'TRACKING', 'OFF'],
      ['CLIENT', 'TRACKING', 'ON', 'BCAST', ...(prefix === '' ? [] : ['PREFIX', prefix]), 'NOLOOP'],
    ]
    this.#deadlines = new Deadlines((key) => this.#tellOf(key))
    options.tell({ type: 'down' })
    options.connection.listen(this)
  }

  opened(): void {
    this.#round++
    this.#sawCanary = false
    this.#unheard = 0
    this.#startBeat()
  }

  lost(): void {
    this.#round++
    clearTimeout(this.#nextBeat)
    this.#down()
  }

  changed(name: Buffer | null): void {
    if (name === null) {
      this.#deadlines.clear()
      if (this.#isUp) this.#options.tell({ type: 'all' })
    } else if (this.#options.names.isCanary(name)) {
      this.#sawCanary = true
      this.#onCanary()
    } else {
      const key = this.#options.names.keyOf(name)
      if (key === undefined) return
      this.#deadlines.forget(key)
      this.#tellOf(key)
    }
  }

  /** A value that was read or written at `since` is dropped by the server after so long; never, when undefined. */
  expires(key: string, inMs: number | undefined, since: number): void {
    if (inMs !== undefined && this.#isUp) this.#deadlines.note(key, inMs, since)
  }

  /** Ends it. Idempotent. */
  async stop(): Promise<void> {
    this.#round++
    this.#isUp = false
    clearTimeout(this.#nextBeat)
    this.#deadlines.clear()
    this.#options.connection.unlisten()
    await this.#options.canaries.close()
  }

  #startBeat(): void {
    // Nothing can be rejected: `#beat` takes every failure for what it is, a beat that failed.
    void this.#beat(this.#round)
  }

  async #beat(round: number): Promise<void> {
    const { connection, heartbeatMs } = this.#options
    const began = performance.now()
    const outcome = await this.#outcome()
    if (round !== this.#round) return
    if (outcome === 'heard') this.#up()
    else this.#down()
    this.#unheard = outcome === 'unheard' ? this.#unheard + 1 : 0
    if (this.#unheard === MOST_UNHEARD) {
      connection.drop(new Error('it no longer tells of changes'))
      return
    }
    // Not all processes at once: who comes later sees the others' canary.
    const everyMs = heartbeatMs * (0.75 + Math.random() / 4)
    this.#nextBeat = setTimeout(() => this.#startBeat(), Math.max(everyMs - (performance.now() - began), 0))
    this.#nextBeat.unref()
  }

  /** Whether a canary was told of, or was written and was not, or nobody knows. */
  async #outcome(): Promise<'heard' | 'unheard' | 'unknown'> {
    const { canaries, canary, confirm, heartbeatTimeoutMs } = this.#options
    const sawCanary = this.#sawCanary
    this.#sawCanary = false
    let isMissing = false
    const answer = async () => {
      await confirm()
      if (sawCanary) return
      const isTold = new Promise<void>((resolve) => {
        this.#onCanary = resolve
      })
      await Promise.all(canaries.send(canary()))
      isMissing = true
      await isTold
      isMissing = false
    }
    const answers = answer()
    const timer = Promise.withResolvers<'late'>()
    // The answers may be there already, when this process stood still: they are read before `setImmediate` is due.
    const timeout = setTimeout(() => setImmediate(timer.resolve, 'late'), heartbeatTimeoutMs)
    timeout.unref()
    try {
      const late = await Promise.race([answers, timer.promise])
      if (late !== 'late') return 'heard'
    } catch {
      // The server cannot be reached, or takes no writes. The next beat tries again.
      return 'unknown'
    } finally {
      clearTimeout(timeout)
      answers.catch(() => {})
    }
    return isMissing ? 'unheard' : 'unknown'
  }

  #up(): void {
    if (this.#isUp) return
    this.#isUp = true
    this.#options.tell({ type: 'up' })
  }

  #down(): void {
    if (!this.#isUp) return
    this.#isUp = false
    this.#deadlines.clear()
    this.#options.tell({ type: 'down' })
  }

  #tellOf(key: string): void {
    if (this.#isUp) this.#options.tell({ type: 'keys', keys: [key] })
  }
}
