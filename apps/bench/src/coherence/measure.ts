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
  const server = createClient({ url: `redis://127.0.0.1:${options.port}` })
  await server.connect()
  const children: ChildProcess[] = []
  try {
    await server.flushAll()
    children.push(await opened({ ...options, writesProbe: true }))
    await ask(children[0]!, { type: 'fill' })
    const before = await statOf(server, 'used_memory')
    for (let child = 1; child < options.processes; child++) {
      children.push(await opened({ ...options, seed: options.seed + child, writesProbe: false }))
    }
    const memory = (await statOf(server, 'used_memory')) - before
    for (const child of children) await ask(child, { type: 'warm' })
    const sentBefore = await statOf(server, 'total_net_output_bytes')
    const run: Order = { type: 'run', runMs: options.runMs }
    const results = (await Promise.all(children.map((child) => ask(child, run)))) as ClientResult[]
    const sent = (await statOf(server, 'total_net_output_bytes')) - sentBefore
    return rowOf(options, results, { memory, sent })
  } finally {
    await Promise.all(children.map(ended))
    server.destroy()
  }
}

function rowOf(
  { name, processes }: RunOptions,
  results: readonly ClientResult[],
  server: { readonly memory: number; readonly sent: number },
): CoherenceRow {
  const perSecond = (what: 'hits' | 'misses' | 'writes'): number =>
    results.reduce((sum, result) => sum + (result[what] / result.elapsedMs) * 1000, 0)
  const total = (what: 'hits' | 'misses' | 'writes' | 'told'): number =>
    results.reduce((sum, result) => sum + result[what], 0)
  return {
    ...{ cache: name, processes },
    hitsPerSecond: perSecond('hits'),
    missesPerSecond: perSecond('misses'),
    writesPerSecond: perSecond('writes'),
    toldPerWrite: total('told') / total('writes'),
    ...(processes > 1 && { stale: staleness(results) }),
    serverBytesPerProcess: processes > 1 ? server.memory / (processes - 1) : 0,
    sentBytesPerOperation: server.sent / (total('hits') + total('misses') + total('writes')),
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

async function statOf(server: { info(): Promise<string> }, name: string): Promise<number> {
  return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(await server.info())![1])
}
