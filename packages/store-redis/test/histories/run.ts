import { createClient, RESP_TYPES } from '@redis/client'
import type { Admin } from '../fixtures.ts'
import { RedisServer } from '../servers/redis-server.ts'
import { TcpProxy } from '../servers/tcp-proxy.ts'
import { check } from './check.ts'
import { disturb, LATE, NETWORK_FAULTS, type Scene, SERVER_FAULTS } from './faults.ts'
import { type Bounds, type Held, type History, MS, now, type ProcessHistory } from './history.ts'
import type { Processes } from './processes.ts'
import { randomFrom } from './random.ts'
import type { Sabotage } from './recording-store.ts'
import { LOGGED, readServerLog } from './server-log.ts'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Rest } from './worker.ts'

export type Faults = 'none' | 'server' | 'network'

/** What a run did, and what was wrong with it: nothing. */
export interface Report {
  readonly operations: number
  readonly hits: number
  readonly failed: number
  readonly told: number
  readonly struck: ReadonlyMap<string, number>
  /** From the last write or fault until all tables were up and held what the server does. */
  readonly convergedAfterMs: number
  readonly troubles: readonly string[]
}

const PREFIX = 'h:'
const KEYS = ['a', 'b', 'c', 'd', 'e']
const CLIENTS = 4
const PATIENT = {
  heartbeatMs: 300,
  heartbeatTimeoutMs: 1000,
  connectTimeoutMs: 10_000,
  commandTimeoutMs: 10_000,
}
/** Short, so that faults are noticed within a run. */
const QUICK = { heartbeatMs: 100, heartbeatTimeoutMs: 400, connectTimeoutMs: 500, commandTimeoutMs: 800 }
/** So long after the last write all tables are what the server holds; mostly within two heartbeats and a pause. */
const REST_MS = 10_000
const LOOK_MS = 100
/** Entries have versions, and go within a run. */
const VERSIONED = { versions: true, expireAfterMs: 700 }
/** What a store with versions puts before a value. */
const HEAD_BYTES = 20
/** A timer's lateness where many run. */
const EXPIRED_MS = 100
const SILENT_MS = 60_000

export async function run(
  processes: Processes,
  options: {
    readonly seed: number
    readonly faults: Faults
    readonly durationMs: number
    /** With conditional writes, and values that expire. */
    readonly versioned?: boolean
    readonly sabotage?: Sabotage
  },
): Promise<Report> {
  const { seed, faults, durationMs, versioned = false, sabotage } = options
  const server = await RedisServer.start(LOGGED)
  const proxies = await Promise.all(
    Array.from({ length: faults === 'network' ? processes.count : 0 }, () => TcpProxy.start(server.port)),
  )
  try {
    const settings = { ...(faults === 'none' ? PATIENT : QUICK), ...(versioned && VERSIONED) }
    const common = { seed, keys: KEYS, clients: CLIENTS, capacity: 3, sabotage }
    await processes.ask(SILENT_MS, (number) => {
      const url = proxies[number]?.url ?? server.url
      return { type: 'run', options: { ...common, number, store: { url, prefix: PREFIX, ...settings } } }
    })
    const scene = sceneOf(server, proxies, seed)
    const end = now() + durationMs * MS
    const isOver = () => now() > end
    const kinds = { none: {}, server: SERVER_FAULTS, network: NETWORK_FAULTS }[faults]
    const struck = faults === 'none' ? await quiet(durationMs) : await disturb(scene, kinds, isOver)
    return await judge(processes, scene, struck, { faults, versioned })
  } finally {
    for (const proxy of proxies) await proxy.stop()
    server.stop()
  }
}

async function judge(
  processes: Processes,
  scene: Scene,
  struck: ReadonlyMap<string, number>,
  { faults, versioned }: { readonly faults: Faults; readonly versioned: boolean },
): Promise<Report> {
  const healedAt = now()
  const histories = await processes.ask<ProcessHistory>(SILENT_MS, () => ({ type: 'end' }))
  // Bytes of connections that are gone come too late.
  for (const proxy of scene.proxies) proxy.sendLate()
  const held = await scene.admin(async (admin) => {
    // At rest nothing expires.
    await Promise.all(KEYS.map((key) => admin.persist(PREFIX + key)))
    const asBytes = admin.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer })
    const values = await Promise.all(KEYS.map((key) => asBytes.get(PREFIX + key)))
    return new Map<string, Held>(KEYS.map((key, place) => [key, heldOf(values[place]!, versioned)]))
  })
  const rests = await processes.ask<Rest>(SILENT_MS, () => ({ type: 'rest', held, withinMs: REST_MS }))
  const troubles = await leftovers(scene, processes.count, struck)
  for (const [number, { trouble }] of rests.entries()) {
    if (trouble !== undefined)
      troubles.push(`process ${number}, ${REST_MS} ms after the last write: ${trouble}`)
  }
  await processes.ask(SILENT_MS, () => ({ type: 'close' }))
  // Last, for it takes the time of this process, which stands between the others and the server.
  const history: History = {
    processes: histories,
    log: [...scene.log, ...scene.readLog()],
    losses: scene.losses,
  }
  const violations = check(history, boundsOf(faults))
  troubles.unshift(...violations.map(({ rule, key, lines }) => [`${key}: ${rule}`, ...lines].join('\n  ')))
  const operations = histories.flatMap((each) => each.operations)
  const lastWrite = operations.reduce(
    (last, { kind, to }) => (kind === 'read' ? last : Math.max(last, to)),
    healedAt,
  )
  return {
    operations: operations.length,
    hits: operations.filter(({ hit }) => hit).length,
    failed: operations.filter(({ outcome }) => outcome !== 'ok').length,
    told: histories.reduce((sum, { changes }) => sum + changes.length, 0),
    struck,
    convergedAfterMs: (Math.max(...rests.map(({ at }) => at)) - lastWrite) / MS,
    troubles,
  }
}

/** Two heartbeats and a timeout; and for an answer, the writes of all clients of a process, one after the other. */
function boundsOf(faults: Faults): Bounds {
  const settings = faults === 'none' ? PATIENT : QUICK
  const { heartbeatMs, heartbeatTimeoutMs, connectTimeoutMs, commandTimeoutMs } = settings
  return {
    expired: EXPIRED_MS * MS,
    stale: (2 * heartbeatMs + heartbeatTimeoutMs) * MS,
    answer: CLIENTS * (connectTimeoutMs + commandTimeoutMs * 1.2) * MS,
  }
}

function heldOf(stored: Buffer | null, versioned: boolean): Held {
  return stored === null ? undefined : Number(stored.subarray(versioned ? HEAD_BYTES : 0))
}

async function quiet(durationMs: number): Promise<Map<string, number>> {
  await sleep(durationMs)
  return new Map()
}

function sceneOf(server: RedisServer, proxies: readonly TcpProxy[], seed: number): Scene {
  return {
    server,
    proxies,
    random: randomFrom(seed * 7919),
    losses: [],
    log: [],
    readLog: () => readServerLog(server.directory, PREFIX, KEYS),
    admin: async (use) => {
      const admin = createClient({ url: server.url, RESP: 3, socket: { reconnectStrategy: false } }) as Admin
      admin.on('error', () => {})
      try {
        await admin.connect()
        return await use(admin)
      } finally {
        admin.destroy()
      }
    },
  }
}

/** Connections that the server still has after a while, and nobody uses. */
async function leftovers(
  scene: Scene,
  processes: number,
  struck: ReadonlyMap<string, number>,
): Promise<string[]> {
  // One that tells and one for the canaries each, and the one that asks. Of those that are cut off from their process
  // alone the proxy leaves the canary's, and one that was not in use yet, which nobody has to kill.
  const most = 2 * processes + 1 + 2 * (struck.get(LATE) ?? 0)
  for (let waitedMs = 0; ; waitedMs += LOOK_MS) {
    const list = String(await scene.admin((admin) => admin.sendCommand(['CLIENT', 'LIST']))).trim()
    const connections = list.split('\n').length
    const telling = list.match(/flags=\w*B/g)?.length ?? 0
    if (connections <= most && telling === processes) return []
    const trouble = `${connections} connections at rest, ${most} at most have a use; ${telling} tell of changes`
    if (waitedMs > REST_MS) return [trouble]
    await sleep(LOOK_MS)
  }
}
