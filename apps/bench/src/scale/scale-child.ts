import { lstatSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { BackingStore } from '@wt/core'
import { FsStore } from '@wt/store-fs'
import { SqliteStore } from '@wt/store-sqlite'
import type { ScaleRow, ScaleStore } from './scale-row.ts'

/** The program of a child process, whose memory is then this one store's: fills a store, uses it, prints a `ScaleRow` as JSON. */
const [name, count, directory] = process.argv.slice(2) as [ScaleStore, string, string]
const entries = Number(count)

type Store = BackingStore<string, unknown>

const OPEN: Record<ScaleStore, () => Store> = {
  fs: () => new FsStore({ path: directory, durability: 'process' }),
  sqlite: () => new SqliteStore({ path: join(directory, 'store.db'), durability: 'process' }),
}

/** Neighbours in time are no neighbours by key: 7919 is a prime, and shares no factor with the counts. */
const keyOf = (number: number) => `user:${(number * 7919) % entries}`
const someValue = (number: number) => ({
  id: number,
  name: `Somebody ${number}`,
  mail: `${number}@example.org`,
  visits: [1, 2, 3],
})
const GETS = 50_000
const OVERWRITES = 20_000

let store = OPEN[name]()
const writtenBefore = bytesWritten()
const putUs = timed(entries, (number) => store.store(keyOf(number), someValue(number)))
const writtenBytes = bytesWritten() - writtenBefore
store.close!()

const opened = performance.now()
store = OPEN[name]()
const reopenMs = performance.now() - opened
const getUs = timed(Math.min(GETS, 5 * entries), (number) => {
  if (store.load(keyOf((number * 104_729) % entries)) === undefined)
    throw new Error(`an entry of ${name} is gone`)
})
const overwriteUs = timed(Math.min(OVERWRITES, entries), (number) =>
  store.store(keyOf((number * 104_729) % entries), someValue(number)),
)

const enumerated = performance.now()
let keys = 0
for (const _ of store.keys!()) keys++
const enumerateMs = performance.now() - enumerated
if (keys !== entries) throw new Error(`${name} lists ${keys} of ${entries} keys`)
store.close!()

const row: ScaleRow = {
  store: name,
  entries,
  ...{ putUs, getUs, overwriteUs, reopenMs, enumerateMs },
  payloadBytes: Math.round(Buffer.byteLength(JSON.stringify(someValue(entries))) + `user:${entries}`.length),
  diskBytes: bytesOnDisk(directory) / entries,
  writtenBytes: writtenBytes / entries,
  memoryBytes: process.resourceUsage().maxRSS * 1024,
}
process.stdout.write(JSON.stringify(row))
rmSync(directory, { recursive: true })

/** Microseconds a call, over all of them. */
function timed(calls: number, call: (number: number) => void): number {
  const start = performance.now()
  for (let number = 0; number < calls; number++) call(number)
  return ((performance.now() - start) * 1000) / calls
}

/** What the process has had written to the disk, by the kernel's count. Not known outside Linux. */
function bytesWritten(): number {
  if (process.platform !== 'linux') return Number.NaN
  return Number(/^write_bytes: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1])
}

/** In blocks, as `du` counts. */
function bytesOnDisk(path: string): number {
  const { blocks } = lstatSync(path)
  const within = lstatSync(path).isDirectory()
    ? readdirSync(path).map((below) => bytesOnDisk(join(path, below)))
    : []
  return within.reduce((sum, bytes) => sum + bytes, blocks * 512)
}
