import { createClient } from '@redis/client'
import { StoreError } from '@wt/core'
import { describe, onTestFinished, type SuiteAPI } from 'vitest'
import { RedisStore, type RedisStoreOptions } from '../src/index.ts'
import { type Config, hasRedisServer, RedisServer } from './servers/redis-server.ts'
import { TcpProxy } from './servers/tcp-proxy.ts'

/** A suite that needs a redis-server: without one it is skipped, which is seen, and with CI=true it fails. */
export const describeOnRedis: SuiteAPI | SuiteAPI['skip'] = hasRedisServer ? describe : describe.skip

export type Admin = ReturnType<typeof createClient>

/** A server that ends with the test. */
export async function startServer(config: Config = {}): Promise<RedisServer> {
  const server = await RedisServer.start(config)
  onTestFinished(() => server.stop())
  return server
}

export async function startProxy(server: RedisServer): Promise<TcpProxy> {
  const proxy = await TcpProxy.start(server.port)
  onTestFinished(() => proxy.stop())
  return proxy
}

/** A store that is closed when the test is over. */
export function openStore<V = unknown>(url: string, options: RedisStoreOptions<V> = {}): RedisStore<V> {
  // Where many tests run at once on few cores, all takes long.
  const store = new RedisStore<V>({ url, connectTimeoutMs: 5_000, commandTimeoutMs: 5_000, ...options })
  onTestFinished(() => store.close())
  return store
}

/** A plain client, to look at the server and to disturb it. */
export async function connectAdmin(url: string): Promise<Admin> {
  const admin = createClient({ url, RESP: 3, socket: { reconnectStrategy: false } }) as Admin
  // A test that kills the server cuts it off as well.
  admin.on('error', () => {})
  await admin.connect()
  onTestFinished(() => admin.destroy())
  return admin
}

/** The ids of all connections to the server but the admin's own. */
export async function otherClients(admin: Admin): Promise<string[]> {
  const list = String(await admin.sendCommand(['CLIENT', 'LIST']))
  const own = String(await admin.sendCommand(['CLIENT', 'ID']))
  return [...list.matchAll(/^id=(\d+)/gm)].map((match) => match[1]!).filter((id) => id !== own)
}

/** Kills the connections that are on the server now, and no later one. */
export async function killClients(admin: Admin): Promise<void> {
  for (const id of await otherClients(admin)) await admin.sendCommand(['CLIENT', 'KILL', 'ID', id])
}

/** The error that the promise rejects with. */
export async function failureOf(promise: PromiseLike<unknown>): Promise<StoreError> {
  const result = await Promise.resolve(promise).then(
    () => new Error('it did not reject'),
    (error: unknown) => error,
  )
  if (StoreError.is(result)) return result
  throw result
}

/** Resolves when the condition holds. */
export async function until(condition: () => unknown | Promise<unknown>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5))
}
