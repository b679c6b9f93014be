import { createClient } from '@redis/client'
import { PATIENCE_MS, until } from './patience.ts'
import { type Config, RedisServer } from './redis-server.ts'

/** What the Sentinels call the primary. */
export const NAME = 'mymaster'
const SENTINELS = 3

/** A primary and its replica, and three Sentinels that watch them and promote the replica when two of them miss the primary. */
export class RedisSentinels {
  readonly servers: readonly RedisServer[]
  readonly sentinels: readonly RedisServer[]
  /** Of the servers. */
  readonly #password: string | undefined

  private constructor(
    servers: readonly RedisServer[],
    sentinels: readonly RedisServer[],
    password: string | undefined,
  ) {
    this.servers = servers
    this.sentinels = sentinels
    this.#password = password
  }

  /** Starts them, and waits until each Sentinel knows of the replica and of the other Sentinels. */
  static async start(password?: string): Promise<RedisSentinels> {
    const own: Config = {
      'repl-diskless-sync-delay': '0',
      ...(password !== undefined && { requirepass: password, masterauth: password }),
    }
    const primary = await RedisServer.start(own)
    const replica = await RedisServer.start({ ...own, replicaof: `127.0.0.1 ${primary.port}` })
    const lines = [
      `monitor ${NAME} 127.0.0.1 ${primary.port} 2`,
      `down-after-milliseconds ${NAME} 1000`,
      `failover-timeout ${NAME} 6000`,
      ...(password === undefined ? [] : [`auth-pass ${NAME} ${password}`]),
    ]
    const sentinels = await Promise.all(
      Array.from({ length: SENTINELS }, () => RedisServer.start({ sentinel: lines.join('\n') })),
    )
    const all = new RedisSentinels([primary, replica], sentinels, password)
    try {
      await all.#agreed((facts) => {
        return facts['num-slaves'] === '1' && facts['num-other-sentinels'] === String(SENTINELS - 1)
      })
      await until('the replica follows', async () => {
        return /master_link_status:up/.test(String(await all.send(replica, 'INFO', 'replication')))
      })
    } catch (error) {
      all.stop()
      throw error
    }
    return all
  }

  get urls(): string[] {
    return this.sentinels.map(({ url }) => url)
  }

  /** Sends a command to a server or a Sentinel, and answers the reply. */
  async send(to: RedisServer, ...command: readonly string[]): Promise<unknown> {
    const socket = { reconnectStrategy: false, connectTimeout: PATIENCE_MS } as const
    const password = this.servers.includes(to) ? this.#password : undefined
    const client = createClient({ url: to.url, socket, ...(password !== undefined && { password }) })
    // A connection that ends says so to the command as well.
    client.on('error', () => {})
    try {
      await client.connect()
      return await client.sendCommand([...command])
    } finally {
      client.destroy()
    }
  }

  /** Has the Sentinels promote the replica in place of a primary that is well, or is away; resolves when all say so. */
  async failedOver(isOrdered: boolean): Promise<void> {
    if (isOrdered) await this.send(this.sentinels[0]!, 'SENTINEL', 'FAILOVER', NAME)
    await this.#agreed(({ port }) => port === String(this.servers[1]!.port))
  }

  /** Resolves when a server that was the primary follows the one that was its replica. */
  async demoted(): Promise<void> {
    const [first, second] = this.servers as [RedisServer, RedisServer]
    await until('the first server follows the second', async () => {
      const info = String(await this.send(first, 'INFO', 'replication'))
      return info.includes(`master_port:${second.port}`) && /master_link_status:up/.test(info)
    })
  }

  stop(): void {
    for (const server of [...this.sentinels, ...this.servers]) server.stop()
  }

  /** Resolves when every live Sentinel says this of the primary. */
  async #agreed(says: (facts: Readonly<Record<string, string>>) => boolean): Promise<void> {
    for (const [index, sentinel] of this.sentinels.entries()) {
      if (!sentinel.isRunning) continue
      await until(`Sentinel ${index} agrees`, async () => {
        const facts = await this.send(sentinel, 'SENTINEL', 'MASTER', NAME)
        return says(facts as Record<string, string>)
      })
    }
  }
}
