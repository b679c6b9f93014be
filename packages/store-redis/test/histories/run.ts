import { check } from './check.ts'
import { type Bounds, type Held, type History, MS, now, type ProcessHistory } from './history.ts'
import { acknowledgedAndLost } from './lost.ts'
import { OneServer } from './one-server.ts'
import type { Processes } from './processes.ts'
import type { Sabotage } from './recording-store.ts'
import { NODE_TIMEOUT_MS, SixNodes } from './six-nodes.ts'
import type { Subject } from './subject.ts'
import type { Rest } from './worker.ts'

/** What is disturbed: nothing, one server, the network before it; or a Cluster, in order or with crashes. */
export type Faults = 'none' | 'server' | 'network' | 'cluster' | 'crashes'

/** What a run did, and what was wrong with it: nothing. */
export interface Report {
  readonly operations: number
  readonly hits: number
  readonly failed: number
  readonly told: number
  readonly struck: ReadonlyMap<string, number>
  /** Acknowledged writes that a failover lost. */
  readonly lost: number
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
const CLUSTER = { heartbeatMs: 300, heartbeatTimeoutMs: 2000, connectTimeoutMs: 5000, commandTimeoutMs: 3000 }
/** So long after the last write all tables are what the server holds; mostly within two heartbeats and a pause. */
const REST_MS = 10_000
/** Entries have versions, and go within a run. */
const VERSIONED = { versions: true, expireAfterMs: 700 }
/** What a store with versions puts before a value. */
const HEAD_BYTES = 20
/** A timer's lateness where many run. */
const EXPIRED_MS = 100
const SILENT_MS = 120_000

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
  const beginning = { seed, prefix: PREFIX, keys: KEYS, processes: processes.count }
  const subject =
    faults === 'cluster' || faults === 'crashes'
      ? await SixNodes.start(beginning, faults)
      : await OneServer.start(beginning, faults)
  try {
    const settings = { ...settingsOf(faults), ...(versioned && VERSIONED) }
    const common = { seed, keys: KEYS, clients: CLIENTS, capacity: 3, sabotage }
    await processes.ask(SILENT_MS, (number) => {
      const store = { ...subject.addressFor(number), prefix: PREFIX, ...settings }
      return { type: 'run', options: { ...common, number, store } }
    })
    const end = now() + durationMs * MS
    const struck = await subject.disturb(() => now() > end)
    return await judge(processes, subject, struck, { faults, versioned })
  } finally {
    await subject.stop()
  }
}

async function judge(
  processes: Processes,
  subject: Subject,
  struck: ReadonlyMap<string, number>,
  { faults, versioned }: { readonly faults: Faults; readonly versioned: boolean },
): Promise<Report> {
  const healedAt = now()
  const histories = await processes.ask<ProcessHistory>(SILENT_MS, () => ({ type: 'end' }))
  const values = await subject.settle()
  const held = new Map<string, Held>(KEYS.map((key, place) => [key, heldOf(values[place]!, versioned)]))
  const rests = await processes.ask<Rest>(SILENT_MS, () => ({ type: 'rest', held, withinMs: REST_MS }))
  const troubles = await subject.leftovers(struck, REST_MS)
  for (const [number, { trouble }] of rests.entries()) {
    if (trouble !== undefined)
      troubles.push(`process ${number}, ${REST_MS} ms after the last write: ${trouble}`)
  }
  await processes.ask(SILENT_MS, () => ({ type: 'close' }))
  // Last, for it takes the time of this process, which stands between the others and the server.
  const history: History = { processes: histories, ...subject.history() }
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
    lost: acknowledgedAndLost(history),
    convergedAfterMs: (Math.max(...rests.map(({ at }) => at)) - lastWrite) / MS,
    troubles,
  }
}

/** Two heartbeats and a timeout; and for an answer, the writes of all clients of a process, one after the other. */
function boundsOf(faults: Faults): Bounds {
  const { heartbeatMs, heartbeatTimeoutMs, connectTimeoutMs, commandTimeoutMs } = settingsOf(faults)
  const isCluster = faults === 'cluster' || faults === 'crashes'
  // In a Cluster a primary that was cut off may not know for so long that it is none any more.
  const staleMs = 2 * heartbeatMs + heartbeatTimeoutMs + (faults === 'crashes' ? 2 * NODE_TIMEOUT_MS : 0)
  const connectMs = isCluster ? 3 * connectTimeoutMs : connectTimeoutMs
  return {
    expired: EXPIRED_MS * MS,
    stale: staleMs * MS,
    answer: CLIENTS * (connectMs + commandTimeoutMs * 1.2) * MS,
  }
}

function settingsOf(faults: Faults): typeof PATIENT {
  if (faults === 'none') return PATIENT
  return faults === 'server' || faults === 'network' ? QUICK : CLUSTER
}

function heldOf(stored: Buffer | null, versioned: boolean): Held {
  return stored === null ? undefined : Number(stored.subarray(versioned ? HEAD_BYTES : 0))
}
