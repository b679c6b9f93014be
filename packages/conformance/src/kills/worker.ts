import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { serialize } from 'node:v8'
import { loaderArguments } from '../another-process.ts'
import type { Step } from '../simfs/steps.ts'

/** What a worker is to do: open the store at `location`, take the steps, and then wait to be killed, or do that itself. */
export interface Work {
  readonly location: string
  readonly steps: readonly Step[]
  readonly killsItself?: boolean
}

/**
 * The worker's whole program: it needs the target's module and nothing of this package. It says on descriptor 3 what it is
 * about to do and what was acknowledged; what is said outlives it. Node's compile cache more than halves what a process costs.
 */
const PROGRAM = `
import { readFileSync, writeSync } from 'node:fs'
import { enableCompileCache, flushCompileCache } from 'node:module'
import { deserialize } from 'node:v8'
const say = (line) => void writeSync(3, line + '\\n')
enableCompileCache()
const target = (await import(process.argv[1])).default
flushCompileCache()
const { location, steps, killsItself } = deserialize(readFileSync(0))
let store
const open = async () => {
  say('opening')
  store = await target.open(location)
  say('open for use')
}
const make = (call) => {
  switch (call.do) {
    case 'store': return store.store(call.key, call.value)
    case 'remove': return store.remove(call.key)
    case 'storeMany': return store.storeMany(call.entries)
    // Optional, also where batches are claimed.
    case 'removeMany': return store.removeMany?.(call.keys) ?? Promise.all(call.keys.map((key) => store.remove(key)))
  }
}
let count = 0
const take = async (call) => {
  const number = count++
  say('begun ' + number)
  try {
    await make(call)
    say('done ' + number)
  } catch (error) {
    say('failed ' + number + ' ' + String(error).replaceAll('\\n', ' '))
  }
}
await open()
for (const step of steps) {
  if (step.do === 'reopen') {
    await store.close?.()
    await open()
  } else {
    await Promise.all((step.do === 'together' ? step.steps : [step]).map(take))
  }
}
say('finished')
if (killsItself) process.kill(process.pid, 'SIGKILL')
setInterval(() => {}, 2 ** 30)
`

/** When to kill: after the worker has said so many more lines that begin with the word, and a share of what one took. */
export interface Moment {
  readonly word: 'opening' | 'done'
  readonly count: number
  /** From 0 to 1: within twice the time from one such line to the next, as it was so far. */
  readonly share: number
}

/**
 * A process that has the target's module loaded and waits for its work: most of what a kill costs is over before it is
 * needed. `wrapper` is a command that runs it, such as strace.
 */
export class Worker {
  readonly #child: ChildProcess
  readonly #lines: string[] = []
  readonly #ended: Promise<void>
  #said: (line: string) => void = () => {}
  #stderr = ''
  #signal: string | null = null

  constructor(module: string, wrapper: readonly string[] = [], environment: NodeJS.ProcessEnv = {}) {
    const node = [
      process.execPath,
      ...loaderArguments(),
      '--input-type=module',
      '--eval',
      PROGRAM,
      '--',
      module,
    ]
    const [command, ...args] = [...wrapper, ...node] as [string, ...string[]]
    this.#child = spawn(command, args, {
      stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
    })
    this.#ended = new Promise((resolve, reject) => {
      this.#child.on('close', (_, signal) => {
        this.#signal = signal
        resolve()
      })
      this.#child.on('error', reject)
    })
    this.#child.stderr!.on('data', (chunk) => {
      this.#stderr += chunk
    })
    // A worker that has ended takes no work; what it said tells so.
    this.#child.stdin!.on('error', () => {})
    this.#listen(this.#child.stdio[3] as Readable)
  }

  /** Hands over the work, kills at the moment, and answers all that the worker said until then. */
  async killAt(work: Work, moment: Moment): Promise<readonly string[]> {
    let left = moment.count
    let since = 0
    this.#said = (line) => {
      // A write is timed from the opening on; an opening, where nothing is known yet, takes some milliseconds.
      if (line.startsWith('open ')) since = performance.now()
      if (line.startsWith(moment.word) && left-- === 0) {
        const lineMs = moment.word === 'done' ? (performance.now() - since) / (moment.count + 1) : OPENING_MS
        // Asleep, so that the worker runs on also where there is one processor; a timer would be late by the work between.
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * lineMs * moment.share)
        this.#child.kill('SIGKILL')
      }
      if (line === 'finished') this.#child.kill('SIGKILL')
    }
    return await this.work(work)
  }

  /** Hands over the work, and answers all that the worker said until it ended, by whatever end. */
  async work(work: Work): Promise<readonly string[]> {
    ;(this.#child.stdin as Writable).end(serialize(work))
    await this.#ended
    return this.#lines
  }

  /** Ends a worker that is not needed. */
  async dismiss(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  /**
   * The signal that ended it: SIGKILL, or that of a crash. V8 crashes now and then where threads come and go
   * (`Check failed: jit_page.has_value()`, Node 24.21): a kill that we did not choose, after which as much is owed.
   */
  get endedBy(): string | null {
    return this.#signal
  }

  /** What it, or Node, complained of. */
  get lastWords(): string {
    return this.#stderr.trim()
  }

  #listen(said: Readable): void {
    let rest = ''
    said.on('data', (chunk) => {
      const lines = (rest + String(chunk)).split('\n')
      rest = lines.pop() as string
      for (const line of lines) {
        this.#lines.push(line)
        this.#said(line)
      }
    })
  }
}

const OPENING_MS = 4
