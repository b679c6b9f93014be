import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Durability } from '@wt/core'
import { RedisStore } from '@wt/store-redis'

/** Where the servers listen, by what their acknowledged writes survive. */
export type RedisUrls = Readonly<Record<'none' | 'power', string>>

/** The server dies with this program, however that ends: the shell waits for the end of its standard input. */
const WATCHDOG = '"$@" >/dev/null & echo started; read -r _; kill -9 $!'
const START_MS = 10_000

/** Two servers of one's own for the time of `work`: in memory alone, and with a log that is synced before each answer. */
export async function withRedisServers<T>(
  directory: string,
  work: (urls: RedisUrls) => Promise<T>,
): Promise<T> {
  const none = await start(join(directory, 'redis none'), [])
  try {
    const durable = ['--appendonly', 'yes', '--appendfsync', 'always']
    const power = await start(join(directory, 'redis power'), durable, 'power')
    try {
      return await work({ none: none.url, power: power.url })
    } finally {
      power.stop()
    }
  } finally {
    none.stop()
  }
}

async function start(
  directory: string,
  config: readonly string[],
  durability: Durability = 'none',
): Promise<{ readonly url: string; stop(): void }> {
  mkdirSync(directory)
  const port = await freePort()
  const settings = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    directory,
    '--save',
    '',
    ...config,
  ]
  const shell = spawn('sh', ['-c', WATCHDOG, 'sh', 'redis-server', ...settings], {
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const stop = (): void => void shell.stdin.destroy()
  const url = `redis://127.0.0.1:${port}`
  const store = new RedisStore({ url })
  try {
    for (const endMs = performance.now() + START_MS; ; await sleep(20)) {
      const failure: unknown = await store.connect().catch((error) => error)
      if (failure === undefined) break
      if (performance.now() > endMs) throw failure
    }
    if (store.durability !== durability) throw new Error(`the server at ${url} is ${store.durability}`)
  } catch (cause) {
    stop()
    throw new Error('redis-server did not start', { cause })
  } finally {
    await store.close()
  }
  return { url, stop }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}
