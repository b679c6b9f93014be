import type { Durability } from '@wt/core'
import { configuredDurability } from '../durability.ts'
import type { Command } from '../link.ts'
import type { ConnectionOptions } from '../options.ts'
import { RedisConnection, type RedisConnectionOptions } from '../redis-connection.ts'
import { waitCommand, whenReplicated } from '../replicas.ts'
import type { SenderSettings } from '../sender.ts'
import { type Address, hostAndPort } from './address.ts'
import { NODES_COMMAND, type Share, SLOTS_COMMAND, sharesIn, type View, viewIn } from './view.ts'

/** How a node is connected to: all alike, but for the address. */
export interface NodeSettings extends SenderSettings {
  readonly client: ConnectionOptions
  readonly secrets: ReadonlySet<string>
}

/** One node of the Cluster. */
export class ClusterNode {
  readonly address: Address
  readonly connection: RedisConnection
  /** What it is configured for; undefined when it was not connected to, or does not say. */
  durability: Durability | undefined
  /** Since the table was made anew. */
  isUsed = true
  /** Its changes are listened to. */
  isTracked = false
  readonly #settings: NodeSettings
  #reached: Promise<unknown> | undefined

  constructor(address: Address, settings: NodeSettings) {
    this.address = address
    this.#settings = settings
    this.connection = new RedisConnection({
      ...this.#connecting(),
      prepare: async (link) => {
        this.durability = await configuredDurability(link)
      },
    })
  }

  /** The reply to a command; to one that writes, when replicas have it. With `asks` it goes behind an `ASKING`. */
  async send(
    command: Command,
    { isWrite, asks }: { isWrite: boolean; asks: boolean },
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    this.isUsed = true
    const commands = asks ? [['ASKING'], command] : [command]
    const replies = this.connection.send(commands, signal)
    const reply = replies.pop()!
    // Whatever becomes of it becomes of the command too.
    replies[0]?.catch(() => {})
    const { replicas } = this.#settings
    if (!isWrite || replicas === undefined) return await reply
    return await whenReplicated(reply, this.#whenReached(waitCommand(replicas)), replicas)
  }

  /** Who has which slots, as it sees it. */
  async shares(): Promise<Share[]> {
    const shares = sharesIn(await this.connection.send([SLOTS_COMMAND])[0], this.address)
    if (shares.length === 0) throw new Error(`${this.address} knows of nobody who serves slots`)
    return shares
  }

  /** All that it knows. With `now` it does not wait for a connection, and is answered after all changes told before. */
  async view({ now }: { now: boolean }): Promise<View> {
    const replies = now
      ? [SLOTS_COMMAND, NODES_COMMAND].map((command) => this.connection.ask(command))
      : this.connection.send([SLOTS_COMMAND, NODES_COMMAND])
    const [slots, nodes] = await Promise.all(replies)
    return viewIn(slots, nodes, this.address)
  }

  /** Another connection to it, for what nobody waits for. */
  secondConnection(): RedisConnection {
    return new RedisConnection({ ...this.#connecting(), lateWrites: true })
  }

  #connecting(): RedisConnectionOptions {
    const { client } = this.#settings
    return {
      ...this.#settings,
      client: { ...client, socket: { ...client.socket, ...hostAndPort(this.address) } },
      // They are counted for the whole Cluster.
      maxPending: Number.POSITIVE_INFINITY,
    }
  }

  /** One `WAIT` serves all writes of a turn: meanwhile the node does nothing else for the connection. */
  #whenReached(wait: Command): Promise<unknown> {
    this.#reached ??= Promise.resolve().then(() => {
      this.#reached = undefined
      return this.connection.send([wait])[0]
    })
    return this.#reached
  }
}
