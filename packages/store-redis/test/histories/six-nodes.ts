import { createCluster, RESP_TYPES } from '@redis/client'
import { setTimeout as sleep } from 'node:timers/promises'
import { slotOf } from '../../src/cluster/slot.ts'
import type { RedisStoreOptions } from '../../src/index.ts'
import { RedisCluster } from '../servers/redis-cluster.ts'
import { ClusterLog } from './cluster-log.ts'
import { disturb } from './faults.ts'
import { type History, MS, now } from './history.ts'
import { oneOf, randomFrom } from './random.ts'
import { LOGGED } from './server-log.ts'
import type { Beginning, Subject } from './subject.ts'

export const NODE_TIMEOUT_MS = 2000
/** What a replica may be behind. */
const LAG_MS = 2000
const LOOK_MS = 100

type Fault = (nodes: SixNodes) => Promise<unknown>

const FAULTS: Readonly<Record<string, Fault>> = {
  'kill a connection': (nodes) => nodes.killOneOf(/^id=(\d+) .*flags=[NPbB]/gm),
  'kill a connection that tells': (nodes) => nodes.killOneOf(/^id=(\d+) .*flags=\w*B/gm),
  'stand still': (nodes) => nodes.standStill(),
  'fail over in order': (nodes) => nodes.failOver((cluster, primary) => cluster.failOver(primary)),
  'move a slot': (nodes) => nodes.moveSlot(),
}

const CRASHES: Readonly<Record<string, Fault>> = {
  'kill a primary': (nodes) =>
    nodes.failOver(async (cluster, primary) => {
      await cluster.kill(primary)
      await cluster.restart(primary)
    }),
}

/** A Cluster of six nodes. */
export class SixNodes implements Subject {
  readonly #cluster: RedisCluster
  readonly #log: ClusterLog
  readonly #beginning: Beginning
  readonly #faults: Readonly<Record<string, Fault>>
  readonly #random: () => number

  private constructor(cluster: RedisCluster, log: ClusterLog, beginning: Beginning, faults: typeof FAULTS) {
    this.#cluster = cluster
    this.#log = log
    this.#beginning = beginning
    this.#faults = faults
    this.#random = randomFrom(beginning.seed * 7919)
  }

  static async start(beginning: Beginning, faults: 'cluster' | 'crashes'): Promise<SixNodes> {
    const config = { ...LOGGED, 'cluster-node-timeout': String(NODE_TIMEOUT_MS) }
    const cluster = await RedisCluster.start(config)
    const log = await ClusterLog.begin(cluster, beginning.prefix, beginning.keys)
    return new SixNodes(cluster, log, beginning, faults === 'cluster' ? FAULTS : CRASHES)
  }

  addressFor(number: number): Pick<RedisStoreOptions<number>, 'cluster'> {
    const { urls } = this.#cluster
    return { cluster: [urls[number % urls.length]!, urls[(number + 1) % urls.length]!] }
  }

  async disturb(isOver: () => boolean): Promise<ReadonlyMap<string, number>> {
    const struck = await disturb(this as SixNodes, this.#faults, this.#random, isOver)
    // They take long, and are few in a short time: each strikes once.
    for (const [name, fault] of Object.entries(this.#faults)) {
      if (struck.has(name)) continue
      await fault(this)
      struck.set(name, 1)
    }
    // On a machine that stood still one may have failed over by itself.
    await this.#log.followFailovers(now() - LAG_MS * MS, now())
    return struck
  }

  async settle(): Promise<(Buffer | null)[]> {
    const client = createCluster({ rootNodes: this.#cluster.urls.map((url) => ({ url })) })
    // A connection that ends says so to the command as well.
    client.on('error', () => {})
    await client.connect()
    try {
      const names = this.#beginning.keys.map((key) => this.#beginning.prefix + key)
      for (const name of names) await client.persist(name)
      const asBytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer })
      return await Promise.all(names.map((name) => asBytes.get(name)))
    } finally {
      client.destroy()
    }
  }

  async leftovers(_struck: ReadonlyMap<string, number>, withinMs: number): Promise<string[]> {
    const { processes } = this.#beginning
    for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
      const telling = await Promise.all(
        (await this.#cluster.primaries()).map(async (primary) => {
          return String(await this.#cluster.send(primary, 'CLIENT', 'LIST')).match(/flags=\w*B/g)?.length ?? 0
        }),
      )
      if (telling.every((count) => count === processes)) return []
      if (waitedMs > withinMs)
        return [`of ${processes} processes at rest ${telling} are told of changes by each primary`]
      await sleep(LOOK_MS)
    }
  }

  history(): Omit<History, 'processes'> {
    return { log: this.#log.read(), losses: [], lost: this.#log.lost, ordersByKey: true }
  }

  async stop(): Promise<void> {
    this.#cluster.stop()
  }

  async killOneOf(pattern: RegExp): Promise<void> {
    const primary = await this.#somePrimary()
    const list = String(await this.#cluster.send(primary, 'CLIENT', 'LIST', 'TYPE', 'NORMAL'))
    const ids = [...list.matchAll(pattern)].map((match) => match[1]!)
    // It may have gone by itself meanwhile, and be nobody's.
    if (ids.length > 0) await this.#cluster.send(primary, 'CLIENT', 'KILL', 'ID', oneOf(this.#random, ids))
  }

  /** Shorter than what the other nodes take for its death. */
  async standStill(): Promise<void> {
    const node = this.#cluster.nodes[await this.#somePrimary()]!
    node.pause()
    await sleep(100 + this.#random() * 700)
    node.resume()
  }

  async failOver(how: (cluster: RedisCluster, primary: number) => Promise<unknown>): Promise<void> {
    const from = now() - LAG_MS * MS
    await how(this.#cluster, await this.#somePrimary())
    await this.#log.followFailovers(from, now())
  }

  async moveSlot(): Promise<void> {
    const { prefix, keys } = this.#beginning
    const slot = slotOf(prefix + oneOf(this.#random, keys))
    const owner = await this.#cluster.ownerOf(slot)
    const others = (await this.#cluster.primaries()).filter((primary) => primary !== owner)
    await this.#log.moveSlot(slot, oneOf(this.#random, others), () => sleep(this.#random() * 200))
  }

  async #somePrimary(): Promise<number> {
    return oneOf(this.#random, await this.#cluster.primaries())
  }
}
