import { Link } from './link.ts'
import type { ConnectionOptions } from './options.ts'
import { textOf } from './translate-error.ts'

export interface ServerAddress {
  readonly host: string
  readonly port: number
}

/** Those who watch a primary and its replicas, and know which of them is the primary now. */
export class Sentinels {
  readonly #name: string
  readonly #clients: readonly ConnectionOptions[]
  readonly #secrets: ReadonlySet<string>
  #next = 0

  constructor(name: string, clients: readonly ConnectionOptions[], secrets: ReadonlySet<string>) {
    this.#name = name
    this.#clients = clients
    this.#secrets = secrets
  }

  /**
   * The primary's address, as the first says that answers. Each time another is the first to be asked: one that was cut off from
   * the others, and tells what was, misleads one attempt and no more. Rejects when none answers within its share of the time.
   */
  async locate(withinMs: number): Promise<ServerAddress> {
    const count = this.#clients.length
    const reasons: string[] = []
    for (let asked = 0; asked < count; asked++) {
      const client = this.#clients[this.#next++ % count]!
      try {
        return await this.#ask(client, Math.ceil(withinMs / count))
      } catch (cause) {
        reasons.push(textOf(cause, this.#secrets))
      }
    }
    throw new Error(`no Sentinel tells where ${this.#name} is: ${reasons.join('; ')}`)
  }

  async #ask(client: ConnectionOptions, withinMs: number): Promise<ServerAddress> {
    const began = performance.now()
    const limits = { connectTimeoutMs: withinMs, commandTimeoutMs: withinMs }
    const link = await Link.open({ client, ...limits, tracks: false })
    const late = setTimeout(
      () => link.drop(new Error(`no answer within ${withinMs} ms`)),
      Math.max(withinMs - (performance.now() - began), 0),
    )
    try {
      const reply = await link.send(['SENTINEL', 'GET-MASTER-ADDR-BY-NAME', this.#name])
      if (!Array.isArray(reply)) throw new Error(`${client.socket?.host} watches no ${this.#name}`)
      return { host: String(reply[0]), port: Number(reply[1]) }
    } catch (cause) {
      throw link.reasonOf(cause)
    } finally {
      clearTimeout(late)
      link.drop(new Error('asked'))
    }
  }
}

/** Rejects where the server is none: what the Sentinels say may be over, or not yet so. */
export async function assertPrimary(link: Link): Promise<void> {
  const role = /role:(\w+)/.exec(String(await link.send(['INFO', 'replication'])))?.[1]
  if (role !== 'master') throw new Error(`it is no primary now, but a ${role}`)
}
