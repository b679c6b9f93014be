import { createClient, RESP_TYPES } from '@redis/client'
import type { RedisStoreOptions } from '../../src/index.ts'
import type { Admin } from '../fixtures.ts'
import { RedisServer } from '../servers/redis-server.ts'
import { TcpProxy } from '../servers/tcp-proxy.ts'
import { disturb, LATE, NETWORK_FAULTS, type Scene, SERVER_FAULTS } from './faults.ts'
import type { History, Loss, ServerEntry } from './history.ts'
import { randomFrom } from './random.ts'
import { entriesOfKeys, LOGGED, logFilesIn, readServerLog } from './server-log.ts'
import type { Beginning, Subject } from './subject.ts'
import { setTimeout as sleep } from 'node:timers/promises'

type Faults = 'none' | 'server' | 'network'

const KINDS = { none: {}, server: SERVER_FAULTS, network: NETWORK_FAULTS }
const LOOK_MS = 100
/** Where many run, all takes long. */
const PATIENCE_MS = 30_000

/** A single server, with proxies before it where the network is disturbed. */
export class OneServer implements Subject, Scene {
  readonly server: RedisServer
  readonly proxies: readonly TcpProxy[]
  readonly random: () => number
  readonly losses: Loss[] = []
  readonly log: ServerEntry[] = []
  readonly #beginning: Beginning
  readonly #faults: Faults

  private constructor(
    server: RedisServer,
    proxies: readonly TcpProxy[],
    beginning: Beginning,
    faults: Faults,
  ) {
    this.server = server
    this.proxies = proxies
    this.random = randomFrom(beginning.seed * 7919)
    this.#beginning = beginning
    this.#faults = faults
  }

  static async start(beginning: Beginning, faults: Faults): Promise<OneServer> {
    const server = await RedisServer.start(LOGGED)
    const count = faults === 'network' ? beginning.processes : 0
    const proxies = await Promise.all(Array.from({ length: count }, () => TcpProxy.start(server.port)))
    return new OneServer(server, proxies, beginning, faults)
  }

  addressFor(number: number): Pick<RedisStoreOptions<number>, 'url'> {
    return { url: this.proxies[number]?.url ?? this.server.url }
  }

  async disturb(isOver: () => boolean): Promise<ReadonlyMap<string, number>> {
    if (this.#faults !== 'none') return await disturb(this, KINDS[this.#faults], this.random, isOver)
    while (!isOver()) await sleep(LOOK_MS)
    return new Map()
  }

  async settle(): Promise<(Buffer | null)[]> {
    // Bytes of connections that are gone come too late.
    for (const proxy of this.proxies) proxy.sendLate()
    const names = this.#beginning.keys.map((key) => this.#beginning.prefix + key)
    return await this.admin(async (admin) => {
      await Promise.all(names.map((name) => admin.persist(name)))
      const asBytes = admin.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer })
      return await Promise.all(names.map((name) => asBytes.get(name)))
    })
  }

  async leftovers(struck: ReadonlyMap<string, number>, withinMs: number): Promise<string[]> {
    const { processes } = this.#beginning
    // One that tells and one for the canaries each, and the one that asks. Of those that are cut off from their process
    // alone the proxy leaves the canary's, and one that was not in use yet, which nobody has to kill.
    const most = 2 * processes + 1 + 2 * (struck.get(LATE) ?? 0)
    for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
      const list = String(await this.admin((admin) => admin.sendCommand(['CLIENT', 'LIST']))).trim()
      const connections = list.split('\n').length
      const telling = list.match(/flags=\w*B/g)?.length ?? 0
      if (connections <= most && telling === processes) return []
      const trouble = `${connections} connections at rest, ${most} at most have a use; ${telling} tell of changes`
      if (waitedMs > withinMs) return [trouble]
      await sleep(LOOK_MS)
    }
  }

  history(): Omit<History, 'processes'> {
    return { log: [...this.log, ...this.readLog()], losses: this.losses }
  }

  readonly readLog = (): ServerEntry[] => {
    const { prefix, keys } = this.#beginning
    return entriesOfKeys(readServerLog(logFilesIn(this.server.directory), prefix, keys))
  }

  readonly admin = async <T>(use: (admin: Admin) => Promise<T>): Promise<T> => {
    const socket = { reconnectStrategy: false, connectTimeout: PATIENCE_MS } as const
    const admin = createClient({ url: this.server.url, RESP: 3, socket }) as Admin
    // A server that is killed cuts it off as well.
    admin.on('error', () => {})
    try {
      await admin.connect()
      return await use(admin)
    } finally {
      admin.destroy()
    }
  }

  async stop(): Promise<void> {
    for (const proxy of this.proxies) await proxy.stop()
    this.server.stop()
  }
}
