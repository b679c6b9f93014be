import { AsyncWriteThroughCache } from '@wt/core'
import { setTimeout as sleep } from 'node:timers/promises'
import { RedisStore, type RedisStoreOptions } from '../../src/index.ts'
import { runClient } from './clients.ts'
import { type Held, now, type ProcessHistory, type Standstill } from './history.ts'
import { randomFrom } from './random.ts'
import { Recorder } from './recorder.ts'
import { RecordingStore, type Sabotage } from './recording-store.ts'
import { noteStandstills } from './standstills.ts'

/** What the processes are asked, one after the other: to begin, to come to rest, and to end. */
export type Request =
  | { readonly type: 'run'; readonly options: RunOptions }
  | { readonly type: 'end' }
  | { readonly type: 'rest'; readonly held: ReadonlyMap<string, Held>; readonly withinMs: number }
  | { readonly type: 'close' }

export interface RunOptions {
  readonly store: RedisStoreOptions<number>
  readonly seed: number
  /** Of this process: no two have the same. */
  readonly number: number
  readonly keys: readonly string[]
  readonly clients: number
  readonly capacity: number
  readonly sabotage?: Sabotage | undefined
}

export type Rest = { readonly at: number; readonly trouble: string | undefined }

const PAUSE_MS = 5

/** The clients of one process, over one cache. */
class Run {
  readonly #options: RunOptions
  readonly #store: RecordingStore
  readonly #cache: AsyncWriteThroughCache<string, number>
  readonly #recorder = new Recorder()
  readonly #runClients: () => Promise<unknown>
  #clients: Promise<unknown> | undefined
  readonly #standstills: Standstill[] = []
  readonly #noting = noteStandstills(this.#standstills)
  #isOver = false

  constructor(options: RunOptions) {
    const { store, seed, number, keys, clients, capacity } = options
    this.#options = options
    this.#store = new RecordingStore(new RedisStore<number>(store), options.sabotage)
    let hits = 0
    const observer = { hit: () => void hits++ }
    this.#cache = new AsyncWriteThroughCache<string, number>(this.#store, { capacity, observer })
    let written = 0
    const common = {
      cache: this.#cache,
      recorder: this.#recorder,
      keys,
      hasVersions: store.versions === true,
      newValue: () => (number + 1) * 1_000_000 + ++written,
      hits: () => hits,
    }
    this.#runClients = () => {
      const each = Array.from({ length: clients }, (_, client) => {
        const random = randomFrom(seed * 1_000_003 + number * 101 + client)
        return runClient({ ...common, random }, () => this.#isOver)
      })
      return Promise.all(each)
    }
  }

  /** Begins when the table can hold something. */
  async begin(): Promise<void> {
    while (!this.#store.isUp) await sleep(5)
    this.#clients = this.#runClients()
  }

  /** Ends the clients. When the store has answered once more for each key, no write of theirs can take effect. */
  async end(): Promise<ProcessHistory> {
    this.#isOver = true
    await this.#clients
    for (const key of this.#options.keys) while (!(await isAnswered(this.#store.load(key)))) await sleep(20)
    this.#noting.end()
    return {
      operations: this.#recorder.operations,
      calls: this.#store.recorder.operations,
      changes: this.#store.changes,
      standstills: this.#standstills,
      oddities: [...this.#recorder.oddities, ...this.#store.recorder.oddities],
    }
  }

  /** Resolves when the table holds nothing but what the server does, and is up; or says what it holds else. */
  async rest(held: ReadonlyMap<string, Held>, withinMs: number): Promise<Rest> {
    let trouble = this.#difference(held)
    // Counted in pauses: while this process itself stands still, no time passes.
    for (let waitedMs = 0; trouble !== undefined && waitedMs < withinMs; waitedMs += PAUSE_MS) {
      await sleep(PAUSE_MS)
      trouble = this.#difference(held)
    }
    const at = now()
    for (const [key, value] of held) {
      if (trouble !== undefined) break
      const answered = await this.#cache.get(key)
      if (answered !== value) trouble = `get of ${key} answered ${answered}, the server holds ${value}`
    }
    trouble ??= this.#difference(held)
    this.#cache.assertInvariants(true)
    return { at, trouble }
  }

  async close(): Promise<void> {
    await this.#cache.close()
  }

  #difference(held: ReadonlyMap<string, Held>): string | undefined {
    if (!this.#store.isUp) return 'it is still down'
    for (const [key, value] of this.#cache.entries()) {
      if (value !== held.get(key)) return `${value} is resident as ${key}, the server holds ${held.get(key)}`
    }
    return undefined
  }
}

async function isAnswered(call: Promise<unknown>): Promise<boolean> {
  try {
    await call
    return true
  } catch {
    // The server is away still; whoever waits has a limit.
    return false
  }
}

let run: Run | undefined

async function answer(request: Request): Promise<unknown> {
  if (request.type === 'run') {
    run = new Run(request.options)
    await run.begin()
  } else if (request.type === 'end') return await run!.end()
  else if (request.type === 'rest') return await run!.rest(request.held, request.withinMs)
  else await run!.close()
  return 'done'
}

process.on('message', async (request: Request) => {
  process.send!(await answer(request))
})
