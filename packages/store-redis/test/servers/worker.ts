/**
 * One of several processes over one server: it writes a key of its own, 1, 2, 3 and so on, and reads everybody's through a cache.
 * Arguments: the URL, its number, how many there are, for how long. Prints what it did, reads the last values from standard
 * input, and prints whether its cache came to hold them.
 */
import { createInterface } from 'node:readline'
import { AsyncWriteThroughCache } from '@wt/core'
import { RedisStore } from '../../src/index.ts'

/** Times are `Date.now()`, which the processes share. */
export interface WorkerReport {
  /** When each value of its key was acknowledged. */
  readonly acknowledgedAt: readonly number[]
  /** By key: when a read that answered a value began last; reads answer no older value than before. */
  readonly lastReadAt: readonly (readonly number[])[]
  readonly reads: number
  readonly hits: number
  readonly failures: number
  /** The reads that answered an older value than one before. */
  readonly backwards: readonly string[]
}

const [url, number, count, durationMs] = process.argv.slice(2)
const own = Number(number)
const keys = Array.from({ length: Number(count) }, (_, key) => `key ${key}`)
const store = new RedisStore<number>({ url: url!, heartbeatMs: 200, heartbeatTimeoutMs: 1000 })
const cache = new AsyncWriteThroughCache<string, number>(store, { capacity: 100 })

const acknowledgedAt: number[] = []
const lastReadAt: number[][] = keys.map(() => [])
const backwards: string[] = []
let failures = 0
// Where many processes start at once, that takes long.
while (
  await cache.get('').then(
    () => false,
    () => true,
  )
)
  await pause(20)
const end = Date.now() + Number(durationMs)

async function write(): Promise<void> {
  for (let value = 1; Date.now() < end; ) {
    try {
      await cache.put(keys[own]!, value)
      acknowledgedAt[value++] = Date.now()
    } catch {
      // Of unknown outcome, or refused: written again. Nobody else writes this key.
      failures++
    }
    await pause(5)
  }
}

async function read(): Promise<void> {
  const newest = keys.map(() => 0)
  while (Date.now() < end) {
    for (const [key, name] of keys.entries()) {
      const began = Date.now()
      const value = await cache.get(name).catch(() => undefined)
      if (value === undefined) continue
      if (value < newest[key]!) backwards.push(`${name}: ${value} after ${newest[key]}`)
      newest[key] = Math.max(value, newest[key]!)
      lastReadAt[key]![value] = began
    }
    await pause(1)
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

await Promise.all([write(), read()])
const { cacheHits: hits, backingStoreHits, misses } = cache.stats()
const report: WorkerReport = {
  ...{ acknowledgedAt, lastReadAt, backwards, failures },
  ...{ hits, reads: hits + backingStoreHits + misses },
}
console.log(JSON.stringify(report))

for await (const line of createInterface(process.stdin)) {
  const last = JSON.parse(line) as number[]
  const holds = async (key: number) =>
    (await cache.get(keys[key]!).catch(() => undefined)) === last[key] && cache.peek(keys[key]!) === last[key]
  const deadline = Date.now() + 10_000
  let agreed = false
  while (!agreed && Date.now() < deadline) {
    agreed = (await Promise.all(keys.map((_, key) => holds(key)))).every(Boolean)
    if (!agreed) await pause(20)
  }
  cache.assertInvariants()
  console.log(JSON.stringify(agreed))
  break
}
await cache.close()
