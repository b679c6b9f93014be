import { setTimeout as sleep } from 'node:timers/promises'
import type { Admin } from '../fixtures.ts'
import type { RedisServer } from '../servers/redis-server.ts'
import type { TcpProxy } from '../servers/tcp-proxy.ts'
import { type Loss, now, type ServerEntry } from './history.ts'
import { oneOf } from './random.ts'

/** What is disturbed, and what is to be known of it afterwards. */
export interface Scene {
  readonly server: RedisServer
  /** One before each process, where the network is disturbed. */
  readonly proxies: readonly TcpProxy[]
  readonly random: () => number
  readonly losses: Loss[]
  /** What the server did until its files were deleted. */
  readonly log: ServerEntry[]
  readonly readLog: () => ServerEntry[]
  readonly admin: <T>(use: (admin: Admin) => Promise<T>) => Promise<T>
}

type Fault<S> = (subject: S) => Promise<unknown>

export const SERVER_FAULTS: Readonly<Record<string, Fault<Scene>>> = {
  'kill a connection': (scene) => killOneOf(scene, /^id=(\d+)/gm),
  // `B`: it tells of changes, in broadcast mode.
  'kill a connection that tells': (scene) => killOneOf(scene, /^id=(\d+) .*flags=\w*B/gm),
  'stand still': async ({ server, random }) => {
    server.pause()
    await sleep(100 + random() * 1200)
    server.resume()
  },
  restart: ({ server }) => server.restart(),
  'restart without data': async ({ server, losses, log, readLog }) => {
    const from = now()
    server.kill()
    log.push(...readLog(), 'loss')
    await server.restart({ keepsData: false })
    losses.push({ from, to: now() })
  },
  'flush all': async ({ losses, admin }) => {
    const from = now()
    await admin((client) => client.sendCommand(['FLUSHALL']))
    losses.push({ from, to: now() })
  },
}

export const LATE = 'cut, and what was sent arrives late'

type Network = Pick<Scene, 'proxies' | 'random'>

export const NETWORK_FAULTS: Readonly<Record<string, Fault<Network>>> = {
  cut: async (scene) => someProxy(scene).cut(),
  [LATE]: async (scene) => {
    const proxy = someProxy(scene)
    proxy.hold('toServer')
    await sleep(scene.random() * 50)
    proxy.cut({ keepsServerSide: true })
    proxy.release()
    await sleep(scene.random() * 300)
    proxy.sendLate()
  },
  'hold back what goes to the server': (scene) => holdBack(scene, 'toServer'),
  'hold back what comes from the server': (scene) => holdBack(scene, 'toClient'),
  refuse: async (scene) => {
    const proxy = someProxy(scene)
    proxy.refuses = true
    proxy.cut()
    await sleep(scene.random() * 1000)
    proxy.refuses = false
  },
}

/** One fault after the other, until it is over; then all is well again. Answers how often each struck. */
export async function disturb<S>(
  subject: S,
  faults: Readonly<Record<string, Fault<S>>>,
  random: () => number,
  isOver: () => boolean,
): Promise<Map<string, number>> {
  const struck = new Map<string, number>()
  const names = Object.keys(faults)
  while (!isOver()) {
    await sleep(50 + random() * 250)
    const name = oneOf(random, names)
    await faults[name]!(subject)
    struck.set(name, (struck.get(name) ?? 0) + 1)
  }
  return struck
}

function someProxy({ proxies, random }: Network): TcpProxy {
  return oneOf(random, proxies)
}

async function holdBack(scene: Network, way: 'toServer' | 'toClient'): Promise<void> {
  const proxy = someProxy(scene)
  proxy.hold(way)
  // Shorter and longer than a heartbeat and every time-out.
  await sleep(scene.random() ** 2 * 1500)
  proxy.release()
}

function killOneOf({ admin, random }: Scene, pattern: RegExp): Promise<unknown> {
  return admin(async (client) => {
    const own = String(await client.sendCommand(['CLIENT', 'ID']))
    const list = String(await client.sendCommand(['CLIENT', 'LIST']))
    const ids = [...list.matchAll(pattern)].map((match) => match[1]!).filter((id) => id !== own)
    // It may have gone by itself meanwhile, and be nobody's.
    if (ids.length > 0) await client.sendCommand(['CLIENT', 'KILL', 'ID', oneOf(random, ids)])
  })
}
