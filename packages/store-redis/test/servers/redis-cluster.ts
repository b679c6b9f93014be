import { createClient, RESP_TYPES } from '@redis/client'
import { PATIENCE_MS, until } from './patience.ts'
import { type Config, RedisServer } from './redis-server.ts'

const PRIMARIES = 3
const NODES = 2 * PRIMARIES
const SLOTS = 16_384

/** Quick, but not so that a loaded machine is taken for a node that died. */
const CLUSTER: Config = {
  'cluster-enabled': 'yes',
  'cluster-node-timeout': '2000',
  // A replica may be promoted however long it has heard nothing.
  'cluster-replica-validity-factor': '0',
  'repl-diskless-sync-delay': '0',
}

/** What one node says of another. */
interface View {
  readonly id: string
  readonly flags: readonly string[]
  /** The id of the primary that it follows; '-' when it is one. */
  readonly primary: string
  readonly slots: readonly (readonly [first: number, last: number])[]
}

/**
 * Six real nodes on the loopback interface: the first three are the primaries of a third of the slots each, the last three
 * follow them. A node keeps its index, its port, and the files in its directory, whatever becomes of its role.
 */
export class RedisCluster {
  readonly nodes: readonly RedisServer[]
  #ids: readonly string[] = []

  private constructor(nodes: readonly RedisServer[]) {
    this.nodes = nodes
  }

  /** Starts and joins them, and waits until all slots are served and every replica follows: 2 to 3 seconds. */
  static async start(config: Config = {}): Promise<RedisCluster> {
    const nodes = await Promise.all(
      Array.from({ length: NODES }, () => RedisServer.start({ ...CLUSTER, ...config })),
    )
    const cluster = new RedisCluster(nodes)
    try {
      await cluster.#form()
    } catch (error) {
      cluster.stop()
      throw error
    }
    return cluster
  }

  /** Of every node, replicas too. */
  get urls(): string[] {
    return this.nodes.map(({ url }) => url)
  }

  /** The indexes of the nodes that serve slots now, in the order of their first slots. */
  async primaries(): Promise<number[]> {
    const serving = (await this.#views()).filter(({ slots }) => slots.length > 0)
    return serving.toSorted((a, b) => a.slots[0]![0] - b.slots[0]![0]).map((view) => this.#indexOf(view))
  }

  /** The index of the node that serves the slot. */
  async ownerOf(slot: number): Promise<number> {
    return this.#indexOf(ownerIn(await this.#views(), slot))
  }

  /** The indexes of the live nodes that follow this one. */
  async replicasOf(index: number): Promise<number[]> {
    const views = (await this.#views()).filter(({ primary }) => primary === this.#ids[index])
    return views.map((view) => this.#indexOf(view)).filter((each) => this.nodes[each]!.isRunning)
  }

  /** Sends a command to one node, and answers the reply. */
  async send(index: number, ...command: readonly (string | number)[]): Promise<unknown> {
    const [reply] = await this.sendAll(index, command)
    return reply
  }

  /** The same of several, on one connection. */
  async sendAll(index: number, ...commands: readonly (readonly (string | number)[])[]): Promise<unknown[]> {
    return this.#exchange(index, commands, String)
  }

  /** The same with names as they are, which need not be text. */
  async #exchange(
    index: number,
    commands: readonly (readonly (string | number | Buffer)[])[],
    as: typeof Buffer | typeof String = Buffer,
  ): Promise<unknown[]> {
    const socket = { reconnectStrategy: false, connectTimeout: PATIENCE_MS } as const
    const client = createClient({ url: this.nodes[index]!.url, socket })
    // A connection that ends says so to the command as well.
    client.on('error', () => {})
    const typeMapping = { [RESP_TYPES.BLOB_STRING]: as }
    try {
      await client.connect()
      const replies = commands.map((command) =>
        client.sendCommand(
          command.map((part) => (typeof part === 'number' ? String(part) : part)),
          { typeMapping },
        ),
      )
      return await Promise.all(replies)
    } finally {
      client.destroy()
    }
  }

  /** Moves a slot and its keys to another primary, as `redis-cli --cluster reshard` does. */
  async moveSlot(slot: number, toIndex: number): Promise<void> {
    const move = await this.beginMove(slot, toIndex)
    await move.migrateKeys()
    await move.finish()
  }

  /**
   * The same in steps. From its beginning, the source answers `ASK` for a key that it does not hold; when the keys were
   * migrated, for all of them; when it is finished, `MOVED`.
   */
  async beginMove(
    slot: number,
    toIndex: number,
  ): Promise<{ migrateKeys(): Promise<void>; finish(): Promise<void> }> {
    const from = await this.ownerOf(slot)
    const target = this.nodes[toIndex]!
    await this.send(toIndex, 'CLUSTER', 'SETSLOT', slot, 'IMPORTING', this.#ids[from]!)
    await this.send(from, 'CLUSTER', 'SETSLOT', slot, 'MIGRATING', this.#ids[toIndex]!)
    const migrateKeys = async (): Promise<void> => {
      for (;;) {
        const [keys] = await this.#exchange(from, [['CLUSTER', 'GETKEYSINSLOT', slot, 100]])
        if ((keys as Buffer[]).length === 0) return
        const migrate = [
          'MIGRATE',
          '127.0.0.1',
          target.port,
          '',
          0,
          PATIENCE_MS,
          'KEYS',
          ...(keys as Buffer[]),
        ]
        await this.#exchange(from, [migrate])
      }
    }
    const finish = async (): Promise<void> => {
      for (const index of [toIndex, from]) {
        await this.send(index, 'CLUSTER', 'SETSLOT', slot, 'NODE', this.#ids[toIndex]!)
      }
      await this.#agreed((views) => ownerIn(views, slot)?.id === this.#ids[toIndex])
    }
    return { migrateKeys, finish }
  }

  /** Promotes a replica of this primary in order, so that nothing is lost; the primary follows it. Answers the new one's index. */
  async failOver(index: number): Promise<number> {
    const [replica] = await this.replicasOf(index)
    if (replica === undefined) throw new Error(`node ${index} has no live replica`)
    await this.#following(replica)
    await this.send(replica, 'CLUSTER', 'FAILOVER')
    await this.#serves(replica)
    return replica
  }

  /** Kills a primary, and waits until the others agree on the replica that took its slots, whose index it answers. */
  async kill(index: number): Promise<number> {
    const [replica] = await this.replicasOf(index)
    if (replica === undefined) throw new Error(`node ${index} has no live replica`)
    this.nodes[index]!.kill()
    await this.#serves(replica)
    return replica
  }

  /** Starts a node that was killed, and waits until it follows, or serves its slots where nobody took them. */
  async restart(index: number): Promise<void> {
    await this.nodes[index]!.start()
    await this.settled()
  }

  /** Resolves when all live nodes agree that all slots are served, and every live replica follows its primary. */
  async settled(): Promise<void> {
    await this.#agreed(() => true)
    for (const view of await this.#views()) {
      const index = this.#indexOf(view)
      if (view.flags.includes('slave') && this.nodes[index]!.isRunning) await this.#following(index)
    }
  }

  stop(): void {
    for (const node of this.nodes) node.stop()
  }

  async #form(): Promise<void> {
    this.#ids = await Promise.all(
      this.nodes.map(async (_, index) => String(await this.send(index, 'CLUSTER', 'MYID'))),
    )
    const share = Math.ceil(SLOTS / PRIMARIES)
    for (let index = 0; index < NODES; index++) {
      await this.send(index, 'CLUSTER', 'SET-CONFIG-EPOCH', index + 1)
      await this.send(0, 'CLUSTER', 'MEET', '127.0.0.1', this.nodes[index]!.port)
      if (index >= PRIMARIES) continue
      const last = Math.min((index + 1) * share, SLOTS) - 1
      await this.send(index, 'CLUSTER', 'ADDSLOTSRANGE', index * share, last)
    }
    for (let index = PRIMARIES; index < NODES; index++) {
      const primary = this.#ids[index - PRIMARIES]!
      await until(`node ${index} knows its primary`, async () => {
        return (await this.#viewsOf(index)).some(({ id, slots }) => id === primary && slots.length > 0)
      })
      await this.send(index, 'CLUSTER', 'REPLICATE', primary)
    }
    await this.#agreed((views) => views.filter(({ flags }) => flags.includes('slave')).length === PRIMARIES)
    await this.settled()
  }

  /** Resolves when every live node says that the cluster is well and this. */
  async #agreed(says: (views: readonly View[]) => boolean): Promise<void> {
    for (const [index, node] of this.nodes.entries()) {
      if (!node.isRunning) continue
      await until(`node ${index} agrees`, async () => {
        const info = String(await this.send(index, 'CLUSTER', 'INFO'))
        if (!/cluster_state:ok/.test(info)) return false
        const views = await this.#viewsOf(index)
        return views.length === NODES && says(views)
      })
    }
  }

  async #serves(index: number): Promise<void> {
    await this.#agreed((views) => views.some(({ id, slots }) => id === this.#ids[index] && slots.length > 0))
  }

  async #following(index: number): Promise<void> {
    await until(`node ${index} follows its primary`, async () => {
      const info = String(await this.send(index, 'INFO', 'replication'))
      return /master_link_status:up/.test(info) || /role:master/.test(info)
    })
  }

  #views(): Promise<View[]> {
    return this.#viewsOf(this.nodes.findIndex(({ isRunning }) => isRunning))
  }

  async #viewsOf(index: number): Promise<View[]> {
    return viewsIn(String(await this.send(index, 'CLUSTER', 'NODES')))
  }

  #indexOf({ id }: View): number {
    return this.#ids.indexOf(id)
  }
}

/** `<id> <ip:port@bus> <flags> <primary> <ping> <pong> <epoch> <link> <slot>…`, and of a slot on its way `[slot->-id]`. */
function viewsIn(text: string): View[] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [id, , flags, primary, , , , , ...ranges] = line.split(' ')
      const slots = ranges
        .filter((range) => !range.startsWith('['))
        .map((range) => range.split('-').map(Number))
      return {
        id: id!,
        flags: flags!.split(','),
        primary: primary!,
        slots: slots.map(([first, last = first]) => [first!, last!] as const),
      }
    })
}

function ownerIn(views: readonly View[], slot: number): View {
  const owner = views.find(({ slots }) => slots.some(([first, last]) => first <= slot && slot <= last))
  if (owner === undefined) throw new Error(`nobody serves slot ${slot}`)
  return owner
}
