import type { Change, Durability } from '@wt/core'
import type { ClientOptions } from './client-options.ts'
import { configuredDurability } from './durability.ts'
import type { Command } from './link.ts'
import { listKeys } from './list-keys.ts'
import { RedisConnection } from './redis-connection.ts'
import { waitCommand, whenReplicated } from './replicas.ts'
import type { Sender, SenderSettings, Tracker } from './sender.ts'
import type { Sentinels } from './sentinels.ts'
import { canaryCommand, Tracking } from './tracking.ts'

/** The way to a single server, or to whichever is the primary now, by what Sentinels say. */
export class OneServer implements Sender {
  readonly secrets: ReadonlySet<string>
  readonly #settings: SenderSettings
  readonly #connecting: ConstructorParameters<typeof RedisConnection>[0]
  readonly #connection: RedisConnection
  #durability: Durability | undefined

  constructor(settings: SenderSettings, { client, secrets }: ClientOptions, sentinels?: Sentinels) {
    this.#settings = settings
    this.secrets = secrets
    const locate = sentinels && { locate: (withinMs: number) => sentinels.locate(withinMs) }
    this.#connecting = { ...settings, client, secrets, ...locate }
    this.#connection = new RedisConnection({
      ...this.#connecting,
      prepare: async (link) => {
        this.#durability = await configuredDurability(link)
      },
    })
  }

  get durability(): Durability | undefined {
    return this.#durability
  }

  ready(): Promise<void> {
    return this.#connection.ready()
  }

  read(commands: readonly Command[], signal?: AbortSignal): Promise<unknown>[] {
    return this.#connection.send(commands, signal)
  }

  write(commands: readonly Command[], signal?: AbortSignal): Promise<unknown>[] {
    const { replicas } = this.#settings
    if (replicas === undefined) return this.#connection.send(commands, signal)
    const replies = this.#connection.send([...commands, waitCommand(replicas)], signal)
    const reached = replies.pop()!
    return replies.map((reply) => whenReplicated(reply, reached, replicas))
  }

  keyPages(signal?: AbortSignal): AsyncGenerator<readonly string[], void, undefined> {
    const connection = this.#connection
    return listKeys(this.#settings.names, async (command) => {
      const page = await connection.send([command], signal)[0]
      return { page, runId: connection.runId }
    })
  }

  readonly track = (tell: (change: Change<string>) => void): Tracker => {
    const { names, heartbeatMs, heartbeatTimeoutMs } = this.#settings
    const connection = this.#connection
    const canaries = new RedisConnection({ ...this.#connecting, lateWrites: true })
    const confirm = () => connection.ask(['PING'])
    const canary = () => [canaryCommand(names.canary())]
    return new Tracking({
      ...{ names, connection, confirm, canaries, canary },
      ...{ heartbeatMs, heartbeatTimeoutMs, tell },
    })
  }

  close(): Promise<void> {
    return this.#connection.close()
  }
}
