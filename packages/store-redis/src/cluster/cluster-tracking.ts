import type { Change } from '@wt/core'
import { Deadlines } from '../deadlines.ts'
import type { Names } from '../names.ts'
import type { Tracker } from '../sender.ts'
import { Tracking } from '../tracking.ts'
import { Canary } from './canary.ts'
import type { ClusterNode } from './cluster-node.ts'
import type { ClusterNodes } from './cluster-nodes.ts'
import type { View } from './view.ts'

export interface ClusterTrackingOptions {
  readonly names: Names
  readonly nodes: ClusterNodes
  /** The one slot of all keys, where the prefix has a tag. */
  readonly slot: number | undefined
  readonly heartbeatMs: number
  readonly heartbeatTimeoutMs: number
  readonly tell: (change: Change<string>) => void
}

/** A node whose changes are told. */
interface Tracked {
  readonly tracking: Tracking
  isUp: boolean
  /** The Cluster as it saw it in its last heartbeat. */
  view: View | undefined
  /** When a command was last sent to it for a slot that is on its way to it. */
  askedAt: number
}

/**
 * What others changed, on every node that can hold a key: one `Tracking` each, for one listener. It is `up` when all of them are.
 *
 * Which nodes these are is what the table says, and what each of them says in its heartbeat: whoever serves slots in its eyes,
 * or is being given one. A node that a command is sent to is tracked from then on, before its reply. So a node that nobody has
 * asked yet counts within a heartbeat of those that know it. When a slot has another owner, anything may have changed.
 */
export class ClusterTracking implements Tracker {
  readonly #options: ClusterTrackingOptions
  readonly #deadlines: Deadlines
  readonly #tracked = new Map<ClusterNode, Tracked>()
  #isUp = false
  /** Of whom the listener was last told that anything may have changed. */
  #owners: unknown
  #nextBeat: NodeJS.Timeout | undefined
  #isStopped = false

  /** Begins, with `down`. */
  constructor(options: ClusterTrackingOptions) {
    this.#options = options
    this.#deadlines = new Deadlines((key) => this.#tellOf(key))
    options.tell({ type: 'down' })
    this.#startBeat()
  }

  /** A command is being sent to the node; with `asks`, for a slot that is on its way to it. */
  uses(node: ClusterNode, asks: boolean): void {
    if (this.#isStopped) return
    const tracked = this.#tracked.get(node) ?? this.#add(node)
    if (asks) tracked.askedAt = performance.now()
  }

  expires(key: string, inMs: number | undefined, since: number): void {
    if (inMs !== undefined && this.#isUp) this.#deadlines.note(key, inMs, since)
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#isUp = false
    clearTimeout(this.#nextBeat)
    this.#deadlines.clear()
    await Promise.all([...this.#tracked.keys()].map((node) => this.#leave(node)))
  }

  #startBeat(): void {
    // Nothing can be rejected: `#beat` takes every failure for one to try again after.
    void this.#beat()
  }

  /** Of the nodes that are tracked each has a heartbeat of its own. This one finds others when these are gone. */
  async #beat(): Promise<void> {
    const { nodes, heartbeatMs } = this.#options
    const began = performance.now()
    try {
      await nodes.refresh()
      this.#update()
    } catch {
      // No node answers. Those that were tracked say so themselves.
    }
    if (this.#isStopped) return
    const everyMs = heartbeatMs * (0.75 + Math.random() / 4)
    this.#nextBeat = setTimeout(() => this.#startBeat(), Math.max(everyMs - (performance.now() - began), 0))
    this.#nextBeat.unref()
  }

  #add(node: ClusterNode): Tracked {
    this.#down()
    node.isTracked = true
    const { names, slot, heartbeatMs, heartbeatTimeoutMs } = this.#options
    const { connection } = node
    const canary = new Canary(names, slot)
    let tracked: Tracked | undefined
    const tracking = new Tracking({
      ...{ names, connection, canaries: node.secondConnection(), heartbeatMs, heartbeatTimeoutMs },
      confirm: async () => {
        const view = await node.view({ now: true })
        tracked!.view = view
        if (tracked!.isUp) this.#update()
      },
      canary: () => canary.commands(tracked!.view!),
      // It begins with `down`, which it is.
      tell: (change) => tracked && this.#heard(tracked, change),
    })
    tracked = { tracking, isUp: false, view: undefined, askedAt: Number.NEGATIVE_INFINITY }
    this.#tracked.set(node, tracked)
    return tracked
  }

  async #leave(node: ClusterNode): Promise<void> {
    const { tracking } = this.#tracked.get(node)!
    this.#tracked.delete(node)
    node.isTracked = false
    await tracking.stop()
  }

  #heard(tracked: Tracked, change: Change<string>): void {
    if (change.type === 'keys') {
      for (const key of change.keys) {
        this.#deadlines.forget(key)
        this.#tellOf(key)
      }
    } else if (change.type === 'all') this.#all()
    else {
      tracked.isUp = change.type === 'up'
      if (tracked.isUp) this.#update()
      else {
        tracked.view = undefined
        this.#down()
      }
    }
  }

  /** Makes sure that those are tracked who have to be, and says what that means. */
  #update(): void {
    if (this.#isStopped) return
    const needed = this.#needed()
    for (const node of needed) if (!this.#tracked.has(node)) this.#add(node)
    for (const node of this.#tracked.keys()) if (!needed.has(node)) void this.#leave(node)
    if (needed.size === 0 || ![...this.#tracked.values()].every(({ isUp }) => isUp)) return
    const { nodes, slot } = this.#options
    const owners = slot === undefined ? nodes.table.version : nodes.table.ownerOf(slot)
    if (!this.#isUp) {
      this.#isUp = true
      this.#options.tell({ type: 'up' })
    } else if (owners !== this.#owners) this.#all()
    this.#owners = owners
  }

  #needed(): Set<ClusterNode> {
    const { nodes, slot, heartbeatMs } = this.#options
    const needed = new Set(nodes.owners(slot))
    const asked = performance.now() - 2 * heartbeatMs
    for (const [node, { isUp, view, askedAt }] of this.#tracked) {
      if (askedAt > asked) needed.add(node)
      // What it saw before it was lost may be over.
      if (!isUp || view === undefined) continue
      for (const { first, last, primary } of view.shares) {
        if (slot === undefined || (first <= slot && slot <= last)) needed.add(nodes.at(primary))
      }
      for (const move of view.moves) {
        if (move.to !== undefined && (slot === undefined || move.slot === slot)) needed.add(nodes.at(move.to))
      }
    }
    return needed
  }

  #down(): void {
    if (!this.#isUp) return
    this.#isUp = false
    this.#deadlines.clear()
    this.#options.tell({ type: 'down' })
  }

  #all(): void {
    this.#deadlines.clear()
    if (this.#isUp) this.#options.tell({ type: 'all' })
  }

  #tellOf(key: string): void {
    if (this.#isUp) this.#options.tell({ type: 'keys', keys: [key] })
  }
}
