import { setImmediate as nextTurn } from 'node:timers/promises'
import { keyOf } from '../workloads/data.ts'
import { seededRandom } from '../workloads/random.ts'
import { zipf } from '../workloads/zipf.ts'
import { openCache, type SharedCache, type SharedCacheOptions } from './caches.ts'

export interface ClientOptions extends SharedCacheOptions {
  readonly keys: number
  /** Of all operations. */
  readonly writeShare: number
  readonly seed: number
  /** One process writes the probe, all others watch it. */
  readonly writesProbe: boolean
}

/** What one process did and saw in a run. */
export interface ClientResult {
  readonly elapsedMs: number
  /** Of the clients; who watches the probe reads whenever nobody else has something to do. */
  readonly gets: number
  /** So often a new value of the probe was seen, which is loaded each time. */
  readonly probeLoads: number
  readonly writes: number
  readonly told: number
  /** When each write of the probe was acknowledged, by its number; in milliseconds of the machine's own clock. */
  readonly acknowledgedMs: readonly (readonly [write: number, atMs: number])[]
  /** When the last hit began that was older than that write. */
  readonly lastOlderMs: readonly (readonly [write: number, atMs: number])[]
  /** The newest that was seen. */
  readonly newest: number
}

const PROBE = 'probe'
const PROBE_EVERY_MS = 10
const CLIENTS = 8
const REQUESTS = 2 ** 16
/** Answers from memory let nobody else run: after so many a client waits for its turn, as one who serves requests does. */
const IN_A_TURN = 16

/** One process: its cache, clients that read and write, and the probe. */
export class Client {
  readonly #cache: SharedCache
  readonly #options: ClientOptions
  #gets = 0
  #probeLoads = 0
  #writes = 0
  #newest = 0
  readonly #acknowledged: [number, number][] = []
  readonly #lastOlder: [number, number][] = []

  private constructor(cache: SharedCache, options: ClientOptions) {
    this.#cache = cache
    this.#options = options
  }

  static async open(options: ClientOptions): Promise<Client> {
    return new Client(await openCache(options), options)
  }

  /** Every key has a value. */
  async fill(): Promise<void> {
    for (let id = 0; id < this.#options.keys; id++) await this.#cache.put(keyOf(id), id)
    await this.#cache.put(PROBE, 0)
  }

  async warm(): Promise<void> {
    for (let id = 0; id < this.#options.keys; id++) await this.#cache.get(keyOf(id))
    await this.#cache.get(PROBE)
  }

  async run(runMs: number): Promise<ClientResult> {
    const start = clockMs()
    const end = start + runMs
    const told = this.#cache.told()
    const clients = Array.from({ length: CLIENTS }, (_, client) => this.#serve(client, end))
    await Promise.all([...clients, this.#options.writesProbe ? this.#writeProbe(end) : this.#watchProbe(end)])
    return {
      elapsedMs: clockMs() - start,
      gets: this.#gets,
      probeLoads: this.#probeLoads,
      writes: this.#writes,
      told: this.#cache.told() - told,
      acknowledgedMs: this.#acknowledged,
      lastOlderMs: this.#lastOlder,
      newest: this.#newest,
    }
  }

  close(): Promise<void> {
    return this.#cache.close()
  }

  async #serve(client: number, end: number): Promise<void> {
    const { keys, seed, writeShare } = this.#options
    const random = seededRandom(seed * CLIENTS + client)
    const ids = zipf(keys, REQUESTS, random)
    for (let index = 0; clockMs() < end; index++) {
      const key = keyOf(ids[index % REQUESTS]!)
      if (random() < writeShare) {
        this.#writes++
        await this.#cache.put(key, index)
      } else {
        this.#gets++
        await this.#cache.get(key)
      }
      if (index % IN_A_TURN === 0) await nextTurn()
    }
  }

  async #writeProbe(end: number): Promise<void> {
    while (clockMs() < end) {
      this.#writes++
      await this.#cache.put(PROBE, ++this.#newest)
      this.#acknowledged.push([this.#newest, clockMs()])
      await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY_MS))
    }
  }

  async #watchProbe(end: number): Promise<void> {
    // The writer has its last answer before the watchers stop.
    for (let before = clockMs(); before < end + 5 * PROBE_EVERY_MS; ) {
      const began = clockMs()
      const seen = (await this.#cache.get(PROBE)) ?? 0
      if (this.#newest < seen) this.#probeLoads++
      for (; this.#newest < seen; this.#newest++) this.#lastOlder.push([this.#newest + 1, before])
      before = began
      await nextTurn()
    }
  }
}

/** The same clock in every process of this machine. */
function clockMs(): number {
  return Number(process.hrtime.bigint()) / 1e6
}
