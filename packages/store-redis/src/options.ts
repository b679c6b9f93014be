import type { TcpNetConnectOpts } from 'node:net'
import type { ConnectionOptions as TlsOptions } from 'node:tls'
import { type Codec, type Durability, json, keyText } from '@wt/core'

/** Either `url`, `cluster`, `sentinel` or `client`. Times are in milliseconds. */
export interface RedisStoreOptions<V> {
  /** `redis://[user:password@]host[:port][/database]`, or `rediss://` for TLS. The store makes its connections itself. */
  readonly url?: string
  /**
   * Nodes of a Cluster to begin with, as `url` is written; one of them has to answer, which tells of the others. All nodes are
   * connected to with the same user, password and TLS.
   */
  readonly cluster?: readonly string[]
  /** Sentinels: one of them is asked where the primary is, before each connection, so that the store follows a failover. */
  readonly sentinel?: SentinelOptions
  /** More about the connections, in the client's own words: TLS (`socket`), credentials, a name. What a URL says wins. */
  readonly connection?: ConnectionOptions
  /**
   * A connected client of `@redis/client` or `redis` instead, which the store uses and does not close. What it does behind
   * the store's back cannot be known, so the store has `lateWrites` and no `subscribe`.
   */
  readonly client?: HandedInClient
  /** Stands before every key on the server. Well-formed Unicode. Default: none, the whole database is the store. */
  readonly prefix?: string
  /** How values become bytes. Default `json()`. */
  readonly codec?: Codec<V>
  /**
   * Entries have versions: `update` of a cache over the store is then atomic among processes, and `putIfAbsent` and `replace`
   * work. Each value has 20 bytes more on the server, in front, so that all who use the prefix have to have this option alike.
   */
  readonly versions?: boolean
  /** So long after a value was stored the server drops it. Default: never. */
  readonly expireAfterMs?: number
  /** How long a call waits for a connection that is being made. Default 2000. */
  readonly connectTimeoutMs?: number
  /** How long the server may say nothing while calls wait, until the connection counts as lost. Default 2000. */
  readonly commandTimeoutMs?: number
  /** So many commands may be under way; a call beyond is `BUSY`. A batch may overshoot it by its own size. Default 10,000. */
  readonly maxPending?: number
  /** A write is acknowledged when so many replicas have it in memory, by `WAIT`; else it rejects, `applied: 'unknown'`. */
  readonly replicas?: { readonly count: number; readonly timeoutMs: number }
  /** What the server is configured for, where its user may not read that by `CONFIG GET`. Default 'none'. */
  readonly durability?: Durability
  /**
   * True: a lost connection is not killed on the server, for users who may not `CLIENT KILL`. A write that was rejected as
   * `'unknown'` may then take effect afterwards. Default false.
   */
  readonly lateWrites?: boolean
  /** For `subscribe`: how often it is made sure that changes are still told. Default 2000. */
  readonly heartbeatMs?: number
  /** For `subscribe`: how long the server may take to tell of a change, until the caches are down. Default 1000. */
  readonly heartbeatTimeoutMs?: number
}

/** Sentinels, and what they watch. How to connect to that stands beside it, in `connection` of the store. */
export interface SentinelOptions {
  /** The name that they have for the primary, as in their `sentinel monitor mymaster …`. */
  readonly name: string
  /** Their URLs, with the users and passwords of their own, if any. One of them has to answer. */
  readonly nodes: readonly string[]
  /** More about the connections to them, such as the `ca` of their certificates. What a URL says wins. */
  readonly connection?: ConnectionOptions
}

/** As `createClient` of `@redis/client` takes them. */
export interface ConnectionOptions {
  /** How to connect, by TCP or, with `tls: true`, by TLS: `ca`, `cert`, `key`, `servername`, `keepAlive` and what else Node takes. */
  readonly socket?: Partial<TcpNetConnectOpts & TlsOptions> & { readonly tls?: boolean }
  readonly username?: string
  readonly password?: string
  /** Asked on each new connection, for credentials that change. */
  readonly credentialsProvider?: {
    readonly type: 'async-credentials-provider'
    readonly credentials: () => Promise<Credentials>
  }
  readonly database?: number
  /** The connection's name, as `CLIENT LIST` shows it. */
  readonly name?: string
}

export interface Credentials {
  readonly username?: string
  readonly password?: string
}

/** What the store asks of a client that is handed in. */
export interface HandedInClient {
  readonly isOpen: boolean
  sendCommand(
    parameters: (string | Buffer)[],
    options?: { typeMapping?: Record<number, unknown>; abortSignal?: AbortSignal },
  ): Promise<unknown>
}

/** Checked and complete, but for how to connect. */
export interface Settings<V> {
  readonly prefix: string
  readonly codec: Codec<V>
  readonly versions: boolean
  readonly expireAfterMs: number | undefined
  readonly connectTimeoutMs: number
  readonly commandTimeoutMs: number
  readonly maxPending: number
  readonly replicas: { readonly count: number; readonly timeoutMs: number } | undefined
  readonly durability: Durability | undefined
  readonly lateWrites: boolean
  readonly heartbeatMs: number
  readonly heartbeatTimeoutMs: number
}

/** Throws a `TypeError` or `RangeError` for a wrong option. */
export function settingsOf<V>(options: RedisStoreOptions<V>): Settings<V> {
  const {
    url,
    cluster,
    sentinel,
    client,
    prefix = '',
    codec = json<V>(),
    versions = false,
    durability,
    replicas,
  } = options
  if ([url, cluster, sentinel, client].filter((way) => way !== undefined).length !== 1) {
    throw new TypeError('RedisStore: give either url, cluster, sentinel or client')
  }
  if (typeof prefix !== 'string' || !prefix.isWellFormed()) {
    throw new TypeError(`RedisStore: prefix is a well-formed string, not ${keyText(prefix)}`)
  }
  if (typeof codec?.encode !== 'function' || typeof codec.decode !== 'function') {
    throw new TypeError('RedisStore: codec has encode and decode, such as json() of @wt/core')
  }
  if (typeof versions !== 'boolean') {
    throw new TypeError(`RedisStore: versions is true or false, not ${keyText(versions)}`)
  }
  if (durability !== undefined && !['none', 'process', 'power'].includes(durability)) {
    throw new RangeError(`RedisStore: durability is 'none', 'process' or 'power', not ${keyText(durability)}`)
  }
  const commandTimeoutMs = milliseconds('commandTimeoutMs', options.commandTimeoutMs, 2000)
  if (replicas !== undefined) checkReplicas(replicas, commandTimeoutMs)
  if (client !== undefined && options.lateWrites === false) {
    throw new TypeError(
      'RedisStore: of a client that is handed in, late writes cannot be kept away; give url, cluster or sentinel',
    )
  }
  return {
    ...{ prefix, codec, versions, durability, replicas, commandTimeoutMs },
    expireAfterMs: milliseconds('expireAfterMs', options.expireAfterMs, undefined),
    connectTimeoutMs: milliseconds('connectTimeoutMs', options.connectTimeoutMs, 2000),
    maxPending: positive('maxPending', options.maxPending, 10_000),
    lateWrites: options.lateWrites ?? client !== undefined,
    heartbeatMs: milliseconds('heartbeatMs', options.heartbeatMs, 2000),
    heartbeatTimeoutMs: milliseconds('heartbeatTimeoutMs', options.heartbeatTimeoutMs, 1000),
  }
}

function checkReplicas(
  { count, timeoutMs }: { count: number; timeoutMs: number },
  commandTimeoutMs: number,
): void {
  positive('replicas.count', count, undefined)
  milliseconds('replicas.timeoutMs', timeoutMs, undefined)
  if (count === undefined || timeoutMs === undefined || timeoutMs >= commandTimeoutMs) {
    throw new RangeError('RedisStore: replicas has a count, and a timeoutMs less than commandTimeoutMs')
  }
}

function milliseconds<D>(name: string, value: number | undefined, usual: D): number | D {
  if (value === undefined) return usual
  if (Number.isInteger(value) && value > 0 && value < 2 ** 31) return value
  throw new RangeError(`RedisStore: ${name} is an integer from 1 to 2147483647, not ${keyText(value)}`)
}

function positive<D>(name: string, value: number | undefined, usual: D): number | D {
  if (value === undefined) return usual
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new RangeError(`RedisStore: ${name} is a positive integer, not ${keyText(value)}`)
}
