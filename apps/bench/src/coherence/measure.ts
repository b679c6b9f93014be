import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createClient } from '@redis/client'
import type { CacheName } from './caches.ts'
import type { ClientOptions, ClientResult } from './client.ts'
import type { Order, Reply } from './client-process.ts'
import { type Staleness, staleness } from './staleness.ts'

const PROGRAM = fileURLToPath(new URL('./client-process.ts', import.meta.url))

export interface RunOptions extends Omit<ClientOptions, 'writesProbe'> {
  readonly processes: number
  readonly runMs: number
}

/** So many processes, each with a cache, over one server. A second's work of all of them together. */
export interface CoherenceRow {
  readonly cache: CacheName
  readonly processes: number
  readonly hitsPerSecond: number
  readonly missesPerSecond: number
  readonly writesPerSecond: number
  /** Keys that processes were told of, for each write. */
  readonly toldPerWrite: number
  /** From the acknowledgement of a write to the last older hit in another process; absent for one process. */
  readonly stale?: Staleness
  /** What the server holds for one more process: its connections, and what it keeps for telling it. */
  readonly serverBytesPerProcess: number
  /** What the server sent, for each operation. */
  readonly sentBytesPerOperation: number
}

export async function measure(options: RunOptions): Promise<CoherenceRow> {
  const server: Server = createClient({ url: `redis://127.0.0.1:${options.port}` })
  await server.connect()
  const children: ChildProcess[] = []
  try {
    await server.flushAll()
    children.push(await opened({ ...options, writesProbe: true }))
    await ask(children[0]!, { type: 'fill' })
    const alone = await statOf(server, 'used_memory')
    for (let child = 1; child < options.processes; child++) {
      children.push(await opened({ ...options, seed: options.seed + child, writesProbe: false }))
    }
    const memory = (await statOf(server, 'used_memory')) - alone
    for (const child of children) await ask(child, { type: 'warm' })
    const before = await countsOf(server)
    const run: Order = { type: 'run', runMs: options.runMs }
    const results = (await Promise.all(children.map((child) => ask(child, run)))) as ClientResult[]
    const after = await countsOf(server)
    return rowOf(options, results, {
      memory,
      misses: after.gets - before.gets,
      sent: after.sent - before.sent,
    })
  } finally {
    await Promise.all(children.map(ended))
    server.destroy()
  }
}

function rowOf(
  { name, processes }: RunOptions,
  results: readonly ClientResult[],
  server: { readonly memory: number; readonly misses: number; readonly sent: number },
): CoherenceRow {
  const total = (what: 'gets' | 'probeLoads' | 'writes' | 'told'): number =>
    results.reduce((sum, result) => sum + result[what], 0)
  const misses = server.misses - total('probeLoads')
  const seconds = Math.max(...results.map(({ elapsedMs }) => elapsedMs)) / 1000
  return {
    ...{ cache: name, processes },
    hitsPerSecond: (total('gets') - misses) / seconds,
    missesPerSecond: misses / seconds,
    writesPerSecond: total('writes') / seconds,
    toldPerWrite: total('told') / total('writes'),
    ...(processes > 1 && { stale: staleness(results) }),
    serverBytesPerProcess: processes > 1 ? server.memory / (processes - 1) : 0,
    sentBytesPerOperation: server.sent / (total('gets') + total('writes')),
  }
}

async function opened(options: ClientOptions): Promise<ChildProcess> {
  const child = fork(PROGRAM, {
    execArgv: ['--conditions=@wt/source', '--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  await ask(child, { type: 'open', options })
  return child
}

async function ask(child: ChildProcess, order: Order): Promise<ClientResult | undefined> {
  const done = new AbortController()
  try {
    const reply = once(child, 'message', { signal: done.signal })
    const end = once(child, 'exit', { signal: done.signal }).then(() => {
      throw new Error(`a process ended in the middle of ${order.type}`)
    })
    // The one that does not come is called off below.
    end.catch(() => {})
    reply.catch(() => {})
    child.send(order)
    const [answer] = (await Promise.race([reply, end])) as [Reply]
    if (answer.type === 'failed') throw new Error(answer.message)
    return answer.result
  } finally {
    done.abort()
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return
  const exit = once(child, 'exit')
  child.disconnect()
  await exit
}

type Server = ReturnType<typeof createClient>

/** What the server was asked for by GET, which is every miss and nothing else, and what it has sent. */
async function countsOf(server: Server): Promise<{ readonly gets: number; readonly sent: number }> {
  const calls = /^cmdstat_get:calls=(\d+)/m.exec(String(await server.sendCommand(['INFO', 'commandstats'])))
  return { gets: Number(calls?.[1] ?? 0), sent: await statOf(server, 'total_net_output_bytes') }
}

async function statOf(server: Server, name: string): Promise<number> {
  const info = String(await server.sendCommand(['INFO']))
  return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)![1])
}
