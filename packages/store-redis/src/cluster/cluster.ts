import { AbortError } from '@redis/client'
import type { Change, Durability } from '@wt/core'
import type { Command } from '../link.ts'
import type { Sender, Tracker } from '../sender.ts'
import { isAbort, isReply, NotReplicated, NotSent, textOf } from '../translate-error.ts'
import { type Address, redirectIn } from './address.ts'
import { clusterKeyPages } from './cluster-keys.ts'
import type { ClusterNode, NodeSettings } from './cluster-node.ts'
import { ClusterNodes } from './cluster-nodes.ts'
import { ClusterTracking } from './cluster-tracking.ts'
import { KeyLines } from './key-lines.ts'
import { nameIn, slotOf, slotOfPrefix } from './slot.ts'

/** Redirects follow at once, but for those of a slot that two nodes send to each other. */
const AT_ONCE = 3
const PAUSE_MS = 50

/** Where a command goes next. */
interface Hop {
  readonly node: ClusterNode
  readonly asks: boolean
}

/**
 * The way to a Cluster: each command goes to the node that has its key's slot. What that node did not carry out, for the slot is
 * elsewhere, on its way, or not served, is sent again where it says, within connectTimeoutMs. What may have been carried out is
 * sent once.
 */
export class Cluster implements Sender {
  readonly secrets: ReadonlySet<string>
  readonly #settings: NodeSettings
  readonly #nodes: ClusterNodes
  readonly #lines = new KeyLines()
  /** Where all keys are, when the prefix says so. */
  readonly #slot: number | undefined
  #tracking: ClusterTracking | undefined
  #pending = 0
  #onIdle: (() => void) | undefined

  /** `seeds`: the nodes to begin with. */
  constructor(settings: NodeSettings, seeds: readonly Address[]) {
    this.secrets = settings.secrets
    this.#settings = settings
    this.#nodes = new ClusterNodes(seeds, settings)
    this.#slot = slotOfPrefix(settings.names.prefix)
  }

  get durability(): Durability | undefined {
    return this.#nodes.durability
  }

  async ready(): Promise<void> {
    await this.#nodes.refresh()
    await Promise.all(this.#nodes.owners(this.#slot).map(({ connection }) => connection.ready()))
  }

  read(commands: readonly Command[], signal?: AbortSignal): Promise<unknown>[] {
    return this.#send(commands, false, signal)
  }

  write(commands: readonly Command[], signal?: AbortSignal): Promise<unknown>[] {
    return this.#send(commands, true, signal)
  }

  keyPages(signal?: AbortSignal): AsyncGenerator<readonly string[], void, undefined> {
    return clusterKeyPages(this.#nodes, this.#settings, this.#slot, signal)
  }

  readonly track = (tell: (change: Change<string>) => void): Tracker => {
    const slot = this.#slot
    const tracking = new ClusterTracking({ ...this.#settings, nodes: this.#nodes, slot, tell })
    this.#tracking = tracking
    return tracking
  }

  async close(): Promise<void> {
    if (this.#pending > 0) {
      await new Promise<void>((resolve) => {
        this.#onIdle = resolve
      })
    }
    await this.#nodes.close()
  }

  #send(commands: readonly Command[], isWrite: boolean, signal: AbortSignal | undefined): Promise<unknown>[] {
    if (this.#pending >= this.#settings.maxPending) {
      const message = `${this.#pending} commands are under way, maxPending; try again later`
      return commands.map(() => Promise.reject(new NotSent('BUSY', message)))
    }
    return commands.map((command) => this.#inTurn(command, isWrite, signal))
  }

  async #inTurn(command: Command, isWrite: boolean, signal: AbortSignal | undefined): Promise<unknown> {
    this.#pending++
    const name = nameIn(command)
    const turn = this.#lines.enter(String(name), isWrite)
    let away: unknown
    try {
      if (turn.after !== undefined) await this.#wait(turn.after, signal)
      return await this.#carry(command, slotOf(name), isWrite, signal)
    } catch (error) {
      if (isAway(error)) away = error
      throw error
    } finally {
      turn.leave(away)
      if (--this.#pending === 0) this.#onIdle?.()
    }
  }

  /** Resolves when those before have been answered, unless the signal aborts, or a node did not answer them. */
  async #wait(turn: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
    const aborted = Promise.withResolvers<never>()
    const abort = () => aborted.reject(new AbortError())
    signal?.addEventListener('abort', abort)
    if (signal?.aborted) abort()
    try {
      await Promise.race([turn, aborted.promise])
    } catch (cause) {
      // Nobody knows when the node comes back: who waits for it need not find out one after the other.
      if (isAbort(cause)) throw cause
      const said = textOf(cause, this.secrets)
      throw new NotSent(
        'UNAVAILABLE',
        `the call of this key before it has no answer (${said}); nothing was sent`,
      )
    } finally {
      signal?.removeEventListener('abort', abort)
    }
  }

  async #carry(
    command: Command,
    slot: number,
    isWrite: boolean,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    const until = performance.now() + this.#settings.connectTimeoutMs
    if (!this.#nodes.table.isKnown) await this.#nodes.refresh()
    let hop = this.#toOwner(slot)
    for (let hops = 1; ; hops++) {
      const { node, asks } = hop
      this.#tracking?.uses(node, asks)
      try {
        return await node.send(command, { isWrite, asks }, signal)
      } catch (error) {
        const next = await this.#nextHop(error, slot, node, hops, until)
        if (next === undefined) throw error
        hop = next
      }
    }
  }

  #toOwner(slot: number): Hop {
    const node = this.#nodes.ownerOf(slot)
    if (node !== undefined) return { node, asks: false }
    this.#nodes.refreshSoon()
    throw new NotSent('UNAVAILABLE', `no node of the Cluster serves slot ${slot}; see CLUSTER INFO`)
  }

  /** Where a command goes that a node did not carry out; undefined when nobody knows, or it may have been carried out. */
  async #nextHop(
    error: unknown,
    slot: number,
    asked: ClusterNode,
    hops: number,
    until: number,
  ): Promise<Hop | undefined> {
    const redirect = redirectIn(error, asked.address)
    if (redirect?.kind === 'MOVED') this.#nodes.moved(slot, redirect.address)
    if (redirect !== undefined) {
      const node = this.#nodes.at(redirect.address)
      if (hops > AT_ONCE) await pause()
      return this.#isOver(until, error) ?? { node, asks: redirect.kind === 'ASK' }
    }
    if (isLater(error)) {
      await pause()
      await atLatest(until, this.#nodes.refreshIfOld())
      return this.#isOver(until, error) ?? this.#toOwner(slot)
    }
    if (error instanceof NotSent && error.code === 'UNAVAILABLE') {
      await atLatest(until, this.#nodes.refreshIfOld())
      const hop = this.#toOwner(slot)
      return hop.node === asked ? undefined : (this.#isOver(until, error) ?? hop)
    }
    // The node may be away for good, and another have its slots.
    if (isAway(error)) this.#nodes.refreshSoon()
    return undefined
  }

  /** Throws when a command has been sent round for too long. It was not carried out. */
  #isOver(until: number, error: unknown): undefined {
    if (performance.now() < until) return undefined
    const said = textOf(error, this.secrets)
    throw new NotSent(
      'UNAVAILABLE',
      `no node of the Cluster takes it ("${said}"); nothing was done, try again`,
    )
  }
}

/** The slot is not served now, and may be in a moment. */
function isLater(error: unknown): boolean {
  return isReply(error) && /^(TRYAGAIN|CLUSTERDOWN)\b/.test((error as Error).message)
}

/** A node could not be reached, or its connection was lost. */
function isAway(error: unknown): boolean {
  if (error instanceof NotSent) return error.code === 'UNAVAILABLE'
  return !isReply(error) && !isAbort(error) && !(error instanceof NotReplicated)
}

/** Resolves with the promise, or when it is so late. */
async function atLatest(until: number, promise: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, Math.max(until - performance.now(), 0))
  try {
    await Promise.race([promise, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, PAUSE_MS)
  })
}
