import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { expect, onTestFinished, test } from 'vitest'
import { openClusterStore } from './cluster-fixtures.ts'
import { describeOnRedis, openStore, startServer } from './fixtures.ts'
import { RedisCluster } from './servers/redis-cluster.ts'

const PROCESSES = 8
/** Long enough for whoever produces, where many run on few cores. */
const LEASE_MS = { one: 60_000, killed: 4000 }

const STORE = new URL('../src/index.ts', import.meta.url).href
const CORE = new URL('../node_modules/@wt/core/src/index.ts', import.meta.url).href

/** Says that it is ready; when told to, gets the key, or produces it: by its own name, and for ever if it is told so. */
const PROGRAM = `
import { AsyncWriteThroughCache } from '${CORE}'
import { RedisStore } from '${STORE}'
const [url, me, leaseMs] = process.argv.slice(1)
const store = new RedisStore({ url, versions: true, connectTimeoutMs: 20_000, commandTimeoutMs: 20_000 })
const cache = new AsyncWriteThroughCache(store, { capacity: 10, leaseMs: Number(leaseMs) })
await store.connect()
console.log('ready')
for await (const line of process.stdin) {
  const value = await cache.getOrPut('key', async () => {
    console.log('producing')
    await new Promise((resolve) => setTimeout(resolve, String(line).startsWith('endless') ? 60_000 : 100))
    return me
  })
  console.log('got ' + value)
  break
}
await cache.close()
process.exit()`

interface Client {
  line(): Promise<string>
  tell(line: string): void
  kill(): void
}

async function startClient(url: string, me: number, leaseMs: number): Promise<Client> {
  const command = ['--conditions=@wt/source', '--no-warnings', '--input-type=module', '--eval', PROGRAM]
  const child = spawn(process.execPath, [...command, url, String(me), String(leaseMs)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]()
  const client: Client = {
    line: async () => (await lines.next()).value as string,
    tell: (line) => void child.stdin.write(`${line}\n`),
    kill: () => void child.kill('SIGKILL'),
  }
  expect(await client.line()).toBe('ready')
  return client
}

/** What each says until it has got the value: whether it produced, and the value. */
async function outcomeOf(client: Client): Promise<{ produced: boolean; got: string }> {
  const first = await client.line()
  const produced = first === 'producing'
  return { produced, got: produced ? await client.line() : first }
}

describeOnRedis('eight processes', () => {
  test('that miss a key at once: one produces, and all get its value', async () => {
    const server = await startServer()
    const clients = await Promise.all(
      Array.from({ length: PROCESSES }, (_, me) => startClient(server.url, me, LEASE_MS.one)),
    )
    for (const client of clients) client.tell('go')
    const outcomes = await Promise.all(clients.map(outcomeOf))
    const producer = outcomes.findIndex(({ produced }) => produced)
    expect(outcomes.filter(({ produced }) => produced)).toHaveLength(1)
    expect(outcomes.map(({ got }) => got)).toEqual(outcomes.map(() => `got ${producer}`))
  })

  test('whose first is killed while it produces: another does, when the lease is over and no sooner', async () => {
    const server = await startServer()
    const clients = await Promise.all(
      Array.from({ length: PROCESSES }, (_, me) => startClient(server.url, me, LEASE_MS.killed)),
    )
    const [first, ...others] = clients as [Client, ...Client[]]
    // Taken before the lease is, which cannot be over sooner than so long after.
    const since = performance.now()
    first.tell('endless')
    expect(await first.line()).toBe('producing')
    for (const client of others) client.tell('go')
    first.kill()
    let overAfterMs = 0
    const outcomes = await Promise.all(
      others.map(async (client) => {
        const outcome = await outcomeOf(client)
        if (outcome.produced) overAfterMs = performance.now() - since
        return outcome
      }),
    )
    expect(outcomes.filter(({ produced }) => produced)).toHaveLength(1)
    const producer = 1 + outcomes.findIndex(({ produced }) => produced)
    expect(outcomes.map(({ got }) => got)).toEqual(outcomes.map(() => `got ${producer}`))
    expect(overAfterMs).toBeGreaterThan(LEASE_MS.killed)
    console.log(
      `the first of eight was killed; another's value was there ${Math.round(overAfterMs)} ms after`,
    )
    const store = openStore<string>(server.url, { versions: true })
    expect(await store.load('key')).toBe(String(producer))
    expect(await store.acquireLease!('key', 'next', 1000)).toBe(true)
  })
})

describeOnRedis('leases over a Cluster', () => {
  test('are granted once and released on whichever node has the key, also where braces are no tag', async () => {
    const cluster = await RedisCluster.start()
    onTestFinished(() => cluster.stop())
    const [one, other] = [1, 2].map(() => openClusterStore<number>(cluster, { prefix: 'p:', versions: true }))
    const keys = Array.from({ length: 30 }, (_, index) => `key ${index}`)
    for (const key of [...keys, '', '{tag}', 'a{tag}b', '{}', '{}a', '}a{', 'a}', '{a', 'ключ']) {
      expect(await one!.acquireLease!(key, 'one', 60_000), key).toBe(true)
      expect(await other!.acquireLease!(key, 'other', 60_000), key).toBe(false)
      await one!.releaseLease!(key, 'one')
      expect(await other!.acquireLease!(key, 'other', 60_000), key).toBe(true)
    }
    const listed: string[] = []
    for await (const key of one!.keys()) listed.push(key)
    expect(listed).toEqual([])
  }, 120_000)
})
