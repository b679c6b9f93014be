import type { Durability } from '@wt/core'
import { NotSent, textOf } from '../translate-error.ts'
import type { Address } from './address.ts'
import { ClusterNode, type NodeSettings } from './cluster-node.ts'
import { SlotTable } from './slot-table.ts'

/** The table is not asked for more often, however many commands find that it is wrong. */
const PAUSE_MS = 100
/** So many nodes are asked at once, of those that are connected, and of others; the first answer counts. */
const ASKED = 3
const TRIED = 2

const LEVELS: readonly Durability[] = ['none', 'process', 'power']

/** The nodes of a Cluster, and which of them has which slots. */
export class ClusterNodes {
  readonly table: SlotTable = new SlotTable()
  readonly #settings: NodeSettings
  readonly #seeds: readonly Address[]
  readonly #nodes = new Map<Address, ClusterNode>()
  #refreshing: Promise<void> | undefined
  #refreshedAt = Number.NEGATIVE_INFINITY
  #nextRefresh: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(seeds: readonly Address[], settings: NodeSettings) {
    this.#seeds = seeds
    this.#settings = settings
  }

  /** The node at that address. Connects to nothing. */
  at(address: Address): ClusterNode {
    let node = this.#nodes.get(address)
    if (node === undefined) {
      node = new ClusterNode(address, this.#settings)
      this.#nodes.set(address, node)
    }
    return node
  }

  /** Undefined when nobody is known to serve the slot. */
  ownerOf(slot: number): ClusterNode | undefined {
    const address = this.table.ownerOf(slot)
    return address === undefined ? undefined : this.at(address)
  }

  /** Who serves all slots, or one. */
  owners(slot?: number): ClusterNode[] {
    return [...this.table.owners(slot)].map((address) => this.at(address))
  }

  /** The least of those that were connected to; undefined when none said. */
  get durability(): Durability | undefined {
    const known = [...this.#nodes.values()].flatMap(({ durability }) => durability ?? [])
    return LEVELS.find((level) => known.includes(level))
  }

  /** The slot is there; the rest of the table may be wrong too. */
  moved(slot: number, owner: Address): void {
    this.table.set(slot, owner)
    this.refreshSoon()
  }

  /** Asks for the table, one time for all who ask at once. Rejects with `NotSent` when no node tells it. */
  refresh(): Promise<void> {
    this.#refreshing ??= this.#refresh().finally(() => {
      this.#refreshing = undefined
      this.#refreshedAt = performance.now()
    })
    return this.#refreshing
  }

  /** As `refresh`, unless that has just been done. That nobody tells the table is no matter: there is the one before. */
  async refreshIfOld(): Promise<void> {
    if (this.#refreshing === undefined && this.#dueInMs() > 0) return
    await this.refresh().catch(() => {})
  }

  /** Nobody waits for it. */
  refreshSoon(): void {
    if (this.#isClosed || this.#nextRefresh !== undefined) return
    this.#nextRefresh = setTimeout(() => {
      this.#nextRefresh = undefined
      // What is wrong with the table, the next command finds out.
      this.refresh().catch(() => {})
    }, this.#dueInMs())
    this.#nextRefresh.unref()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    clearTimeout(this.#nextRefresh)
    // It may still connect to nodes.
    await this.#refreshing?.catch(() => {})
    await Promise.all([...this.#nodes.values()].map(({ connection }) => connection.close()))
  }

  #dueInMs(): number {
    return Math.max(PAUSE_MS - (performance.now() - this.#refreshedAt), 0)
  }

  async #refresh(): Promise<void> {
    const known = shuffled([...new Set([...this.#seeds, ...this.table.nodes, ...this.#nodes.keys()])])
    const isConnected = (address: Address) => this.#nodes.get(address)?.connection.isConnected === true
    const first = known.filter(isConnected).slice(0, ASKED)
    // One that hangs is not waited for alone.
    if (first.length < 2) first.push(...known.filter((address) => !isConnected(address)).slice(0, TRIED))
    const rest = known.filter((address) => !first.includes(address))
    let reason: unknown
    for (const asked of [first, rest]) {
      try {
        const shares = await Promise.any(asked.map((address) => this.at(address).shares()))
        this.table.replace(shares)
        this.#forgetStrangers()
        return
      } catch (error) {
        // None of these; the others may.
        reason = (error as AggregateError).errors[0] ?? reason
      }
    }
    const said = textOf(reason, this.#settings.secrets)
    throw new NotSent('UNAVAILABLE', `no node of the Cluster tells who serves which slots (${said})`)
  }

  /**
   * Leaves those that serve no slots, and that nobody has used since the table was made before. One that has such to kill on
   * the server when it comes back is kept while it is in the table.
   */
  #forgetStrangers(): void {
    const owners = this.table.owners()
    for (const [address, node] of this.#nodes) {
      const isOfUse = owners.has(address) || node.isUsed || node.isTracked
      node.isUsed = false
      if (isOfUse || (this.table.nodes.has(address) && !node.connection.isConnected)) continue
      this.#nodes.delete(address)
      // Nobody waits for its end.
      void node.connection.close()
    }
  }
}

function shuffled<T>(list: T[]): T[] {
  for (let place = list.length - 1; place > 0; place--) {
    const other = Math.floor(Math.random() * (place + 1))
    ;[list[place], list[other]] = [list[other]!, list[place]!]
  }
  return list
}
