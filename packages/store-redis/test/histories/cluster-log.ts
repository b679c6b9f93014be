import { linkSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { slotOf } from '../../src/cluster/slot.ts'
import type { RedisCluster } from '../servers/redis-cluster.ts'
import type { KeyEntry, LostEntry, ServerEntry } from './history.ts'
import { entriesOfKeys, type LogEntry, logFilesIn, MARK, readServerLog } from './server-log.ts'

/** Where the log of a node begins to count: after this mark, with what its primary had done until then. */
interface Anchor {
  readonly before: readonly LogEntry[]
  readonly mark: string
  /** Other names of its files, for the node deletes them when it has to begin anew from its primary's data. */
  readonly files: readonly string[]
}

/** A third of the slots, whoever serves them. */
interface Shard {
  primary: number
  /** A tag whose slot is never moved. */
  readonly tag: string
}

interface Move {
  readonly slot: number
  readonly to: Shard
  readonly name: string
}

const REPLICA_HAS_IT_MS = 5000

/**
 * The one order of what a Cluster did with each key, joined from the logs of its nodes. Marks, which are keys, tell where: a
 * replica's log goes on where its primary's was marked when it began to follow; a slot's keys go on in another shard from
 * where that was marked before the move, and end in the first where it is marked after it.
 */
export class ClusterLog {
  /** What primaries had done that their replicas did not have. */
  readonly lost: LostEntry[] = []
  readonly #cluster: RedisCluster
  readonly #prefix: string
  readonly #keys: readonly string[]
  readonly #anchors = new Map<number, Anchor>()
  readonly #shards: Shard[] = []
  readonly #moves: Move[] = []
  readonly #homes = new Map<number, Shard>()
  #marks = 0

  private constructor(cluster: RedisCluster, prefix: string, keys: readonly string[]) {
    this.#cluster = cluster
    this.#prefix = prefix
    this.#keys = keys
  }

  /** Begins before anything is written. */
  static async begin(cluster: RedisCluster, prefix: string, keys: readonly string[]): Promise<ClusterLog> {
    const log = new ClusterLog(cluster, prefix, keys)
    const slots = keys.map((key) => slotOf(prefix + key))
    for (const primary of await cluster.primaries()) {
      let tag = 0
      while (slots.includes(slotOf(`{${tag}}`)) || (await cluster.ownerOf(slotOf(`{${tag}}`))) !== primary)
        tag++
      const shard = { primary, tag: String(tag) }
      log.#shards.push(shard)
      const mark = await log.#mark(shard)
      log.#anchors.set(primary, { before: [{ mark }], mark, files: log.#kept(primary) })
      for (const replica of await cluster.replicasOf(primary)) await log.#anchor(replica, shard)
    }
    for (const slot of slots) log.#homes.set(slot, await log.#shardOf(slot))
    return log
  }

  /** Moves the slot of a key to another primary; `between` is called when its keys have been moved, and it has not. */
  async moveSlot(slot: number, toIndex: number, between: () => Promise<unknown>): Promise<void> {
    const from = await this.#shardOf(slot)
    const to = this.#shards.find(({ primary }) => primary === toIndex)!
    const name = `move ${this.#moves.length}`
    await this.#mark(to, `${name} begins`)
    const move = await this.#cluster.beginMove(slot, toIndex)
    await between()
    await move.migrateKeys()
    await between()
    await move.finish()
    await this.#mark(from, `${name} is over`)
    this.#moves.push({ slot, to, name })
  }

  /** Takes note of primaries that others have taken the place of since `from`; their logs are read, and they follow now. */
  async followFailovers(from: number, to: number): Promise<void> {
    await this.#cluster.settled()
    for (const shard of this.#shards) {
      const before = shard.primary
      const primary = await this.#cluster.ownerOf(slotOf(`{${shard.tag}}`))
      if (primary === before) continue
      shard.primary = primary
      const [had, has] = [this.#logOf(before), this.#logOf(primary)]
      const common = had.findIndex((entry, place) => !isSame(entry, has[place]))
      const entries = common < 0 ? [] : had.slice(common)
      this.lost.push(...entries.filter(isOfKey).map((entry) => ({ ...entry, from, to })))
      await this.#anchor(before, shard)
    }
  }

  /** What was done with the keys: of each in its order. */
  read(): ServerEntry[] {
    const logs = new Map(this.#shards.map((shard) => [shard, this.#logOf(shard.primary)]))
    return this.#keys.flatMap((key) => {
      const slot = slotOf(this.#prefix + key)
      const moves = this.#moves.filter((move) => move.slot === slot)
      const shards = [this.#homes.get(slot)!, ...moves.map(({ to }) => to)]
      const parts = shards.map((shard, place) => {
        const [came, left] = [moves[place - 1], moves[place]]
        return ofKey(
          between(logs.get(shard)!, came && `${came.name} begins`, left && `${left.name} is over`),
          key,
        )
      })
      // Who gave the key away has removed it, which its log cannot tell from another remove.
      for (const [place, part] of parts.entries()) if (isRestore(part[0])) parts[place - 1]!.pop()
      return parts.flatMap((part) => entriesOfKeys(part))
    })
  }

  /** All that the node has done, or its primaries before it. */
  #logOf(index: number): LogEntry[] {
    const { before, mark, files } = this.#anchors.get(index)!
    return [...before, ...between(readServerLog(files, this.#prefix, this.#keys), mark, undefined)]
  }

  /** From now on the log of a replica is read on its own. */
  async #anchor(replica: number, shard: Shard): Promise<void> {
    // With data of its primary's it begins a log anew, which is another file when that is done.
    while (
      /aof_rewrite_(in_progress|scheduled):1/.test(
        String(await this.#cluster.send(replica, 'INFO', 'persistence')),
      )
    ) {
      await sleep(20)
    }
    const mark = await this.#mark(shard)
    const before = [...between(this.#logOf(shard.primary), undefined, mark), { mark }]
    this.#anchors.set(replica, { before, mark, files: this.#kept(replica) })
  }

  /** Marks a place in the log of a shard, and answers when its replica has that too. */
  async #mark({ primary, tag }: Shard, name = `mark ${this.#marks++}`): Promise<string> {
    const key = `${MARK}{${tag}}`
    const [, replicas] = await this.#cluster.sendAll(
      primary,
      ['SET', key, name],
      ['WAIT', 1, REPLICA_HAS_IT_MS],
    )
    if (Number(replicas) < 1) throw new Error(`node ${primary} has no replica that has its marks`)
    return name
  }

  #kept(index: number): string[] {
    const { directory } = this.#cluster.nodes[index]!
    return logFilesIn(directory).map((file, place) => {
      const kept = join(directory, `kept-${this.#marks}-${place}.aof`)
      linkSync(file, kept)
      return kept
    })
  }

  async #shardOf(slot: number): Promise<Shard> {
    const primary = await this.#cluster.ownerOf(slot)
    return this.#shards.find((shard) => shard.primary === primary)!
  }
}

/** What stands between two marks. */
function between(log: readonly LogEntry[], after: string | undefined, until: string | undefined): LogEntry[] {
  const placeOf = (name: string) => {
    const place = log.findIndex((entry) => entry !== 'loss' && 'mark' in entry && entry.mark === name)
    if (place < 0) throw new Error(`the log of a node has no mark '${name}': it has begun anew by itself`)
    return place
  }
  return log.slice(
    after === undefined ? 0 : placeOf(after) + 1,
    until === undefined ? log.length : placeOf(until),
  )
}

function ofKey(log: readonly LogEntry[], key: string): LogEntry[] {
  return log.filter((entry) => {
    if (entry === 'loss' || 'mark' in entry) return false
    return key === ('key' in entry ? entry.key : 'persists' in entry ? entry.persists : entry.restores)
  })
}

function isOfKey(entry: LogEntry): entry is KeyEntry {
  return entry !== 'loss' && 'key' in entry
}

function isRestore(entry: LogEntry | undefined): boolean {
  return entry !== undefined && entry !== 'loss' && 'restores' in entry
}

/** The time of expiry is the same to a millisecond only, as it was read at another time. */
function isSame(one: LogEntry, other: LogEntry | undefined): boolean {
  const textOf = (entry: LogEntry | undefined) =>
    JSON.stringify(entry, (name, value) => (name === 'expiresAt' ? undefined : value))
  return textOf(one) === textOf(other)
}
