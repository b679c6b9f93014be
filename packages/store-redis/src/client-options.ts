import { RedisClient } from '@redis/client'
import { addressOf } from './cluster/address.ts'
import type { ConnectionOptions, Credentials, SentinelOptions } from './options.ts'

/** Where Sentinels listen, unless one is told otherwise. */
const SENTINEL_PORT = 26_379

/** How to connect, and what must not be in any message, which grows as passwords are given. */
export interface ClientOptions {
  readonly client: ConnectionOptions
  readonly secrets: ReadonlySet<string>
}

/** As `clientOptionsOf`, for each node of a Cluster, and the addresses of those to begin with. */
export function clusterOptionsOf(
  urls: readonly string[],
  connection: ConnectionOptions = {},
): ClientOptions & { readonly seeds: readonly string[] } {
  if (!Array.isArray(urls) || urls.length === 0) {
    throw new TypeError('RedisStore: cluster is a list of URLs, of at least one node')
  }
  const all = urls.map((url) => clientOptionsOf(url, connection))
  const sameOf = ({ client: { socket, username, password } }: ClientOptions) =>
    JSON.stringify([socket?.tls, username, password])
  for (const each of all) {
    if (sameOf(each) !== sameOf(all[0]!)) {
      throw new TypeError(
        'RedisStore: the nodes of a Cluster have the same user, password and TLS: one set for all',
      )
    }
    if ((each.client.database ?? 0) !== 0) throw new TypeError('RedisStore: a Cluster has database 0 alone')
    if (!each.client.socket?.host)
      throw new TypeError('RedisStore: a node of a Cluster has a host and a port')
  }
  const seeds = all.map(({ client: { socket } }) => addressOf(socket!.host!, socket!.port ?? 6379))
  return { ...all[0]!, seeds }
}

/** The client's options for `url`. No error of this function holds the URL, in which a password may be. */
export function clientOptionsOf(
  url: string,
  connection: ConnectionOptions = {},
  secrets: Set<string> = new Set(),
): ClientOptions {
  let parsed: ConnectionOptions
  try {
    parsed = RedisClient.parseURL(url) as ConnectionOptions
  } catch {
    // Its message, or its `input`, would show the password.
    throw new TypeError(
      'RedisStore: url is like redis://user:password@host:6379/0; special characters are written as %40',
    )
  }
  const client = { ...connection, ...parsed, socket: { ...connection.socket, ...parsed.socket } }
  return withSecrets(client, secrets)
}

/** The client's options for whatever the Sentinels lead to, and for each Sentinel, with the secrets of all. */
export function sentinelOptionsOf(
  sentinel: SentinelOptions,
  connection: ConnectionOptions = {},
): ClientOptions & { readonly name: string; readonly sentinels: readonly ConnectionOptions[] } {
  const { name, nodes, connection: own } = sentinel ?? {}
  if (typeof name !== 'string' || name === '') {
    throw new TypeError('RedisStore: sentinel.name is what the Sentinels call the primary, such as mymaster')
  }
  if (!Array.isArray(nodes) || nodes.length === 0) {
    throw new TypeError('RedisStore: sentinel.nodes is a list of URLs, of at least one Sentinel')
  }
  // One set: a credentials provider of either may add to it at any time.
  const secrets = new Set<string>()
  const all = nodes.map((url) => clientOptionsOf(url, own, secrets))
  if (all.some(({ client }) => !client.socket?.host)) {
    throw new TypeError('RedisStore: a Sentinel has a host and a port')
  }
  const sentinels = all.map(({ client: { database: _, ...client } }) => ({
    ...client,
    socket: { port: SENTINEL_PORT, ...client.socket },
  }))
  return { ...withSecrets(connection, secrets), name, sentinels }
}

function withSecrets(client: ConnectionOptions, secrets: Set<string>): ClientOptions {
  const keep = ({ password = '' }: Credentials): void => {
    if (password !== '') secrets.add(password).add(encodeURIComponent(password))
  }
  keep(client)
  const { credentialsProvider } = client
  if (credentialsProvider === undefined) return { client, secrets }
  const credentials = async (): Promise<Credentials> => {
    const given = await credentialsProvider.credentials()
    keep(given)
    return given
  }
  return { client: { ...client, credentialsProvider: { ...credentialsProvider, credentials } }, secrets }
}
