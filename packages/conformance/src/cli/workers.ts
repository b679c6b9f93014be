import { type ChildProcess, fork } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import type { Case, CaseResult, Verdict } from '../case.ts'
import type { Comparison } from '../against.ts'
import { type Report, summarize } from '../run.ts'
import type { Answer, Request } from './worker.ts'

export interface WorkersOptions {
  /** The module that serves as a worker when it is run with `--worker`. */
  readonly program: string
  /** The module of the target. */
  readonly path: string
  readonly jobs: number
  readonly timeoutMs: number
  readonly memoryMb: number
  readonly onResult?: (result: CaseResult, done: number, all: number) => void
}

/** Beyond a case's own limit, for closing and cleaning up; a worker that is silent for longer hangs. */
const EXTRA_MS = 7000
/** Once so many cases hung, the others are given less: a store that hangs everywhere must not take hours. */
const HANGS = 3
const LESS_MS = 5000
const MEMORY_CHECK_MS = 250
/** What a process needs beside the heap of its program, generously. */
const PROCESS_MB = 512
/** To start a process and load a module takes a while on a busy machine, however short the cases are. */
const LOADING_MS = 30_000

/** Thrown when a target cannot be run at all. */
class CannotLoad extends Error {}

/**
 * Runs cases in processes of their own, `jobs` at a time, each process for as long as it lives. One that hangs, ends, or takes
 * too much memory is a verdict on the case that it ran; another takes its place.
 */
export async function runInWorkers(
  cases: readonly Case[],
  seed: number,
  options: WorkersOptions,
): Promise<Report> {
  const first = new Worker(options)
  const { name, capabilities } = await first.load(true)
  const results = new Array<CaseResult>(cases.length)
  let next = 0
  let done = 0
  let hangs = 0
  async function work(started?: Worker): Promise<void> {
    let worker = started
    let last: number | undefined
    while (next < cases.length) {
      const index = next++
      if (!worker?.isAlive) worker = await fresh(options)
      const timeoutMs = hangs >= HANGS ? Math.min(options.timeoutMs, LESS_MS) : options.timeoutMs
      const result = await worker.run(cases[index]!, seed, timeoutMs)
      if (result.verdict === 'timeout') hangs++
      results[index] = result
      last = index
      options.onResult?.(result, ++done, cases.length)
    }
    const stray = await worker?.finish()
    if (stray !== undefined && last !== undefined) {
      results[last] = { ...results[last]!, verdict: 'fail', message: `at its end, or later: ${stray}` }
    }
  }
  const jobs = Math.max(1, Math.min(options.jobs, cases.length))
  await Promise.all(Array.from({ length: jobs }, (_, index) => work(index === 0 ? first : undefined)))
  return { target: name, capabilities, seed, summary: summarize(results), cases: results }
}

/** Compares two targets in a process of their own. */
export async function compareInWorker(
  path: string,
  seed: number,
  runs: number,
  options: WorkersOptions,
): Promise<Comparison> {
  const worker = new Worker(options)
  try {
    await worker.load(true)
    const answer = await worker.ask({ do: 'compare', path, seed, runs }, options.timeoutMs + EXTRA_MS)
    if (typeof answer === 'object' && 'comparison' in answer) return answer.comparison
    throw new CannotLoad(typeof answer === 'string' ? answer : told(answer))
  } finally {
    worker.end()
  }
}

async function fresh(options: WorkersOptions): Promise<Worker> {
  const worker = new Worker(options)
  await worker.load(false)
  return worker
}

class Worker {
  readonly #child: ChildProcess
  readonly #options: WorkersOptions
  readonly #guard: ReturnType<typeof setInterval>
  isAlive = true
  /** Why the parent ended it. */
  #reason: string | undefined

  constructor(options: WorkersOptions) {
    this.#options = options
    this.#child = fork(options.program, ['--worker'], {
      execArgv: [...process.execArgv, `--max-old-space-size=${options.memoryMb}`],
      // The standard output is the report's alone: what a store prints goes to the standard error.
      stdio: ['ignore', 2, 2, 'ipc'],
    })
    this.#child.once('exit', () => this.#ended())
    this.#guard = setInterval(() => void this.#checkMemory(), MEMORY_CHECK_MS)
    this.#guard.unref()
  }

  /** Has it import the target, and with `isTried` open it once. */
  async load(isTried: boolean): Promise<Extract<Answer, { loaded: unknown }>['loaded']> {
    const { path, timeoutMs } = this.#options
    const answer = await this.ask({ do: 'load', path, isTried }, Math.max(timeoutMs, LOADING_MS))
    if (typeof answer === 'object' && 'loaded' in answer) return answer.loaded
    this.end()
    throw new CannotLoad(
      typeof answer === 'string' ? `${path}, as it is loaded and opened: ${answer}` : told(answer),
    )
  }

  async run(subject: Case, seed: number, timeoutMs: number): Promise<CaseResult> {
    const startedMs = performance.now()
    const answer = await this.ask({ do: 'run', id: subject.id, seed, timeoutMs }, timeoutMs + EXTRA_MS)
    if (typeof answer === 'object' && 'result' in answer) return answer.result
    const message = typeof answer === 'string' ? answer : told(answer)
    const verdict: Verdict = this.#reason?.startsWith('no answer') ? 'timeout' : 'fail'
    const { id, topic, title } = subject
    return { id, topic, title, verdict, durationMs: Math.round(performance.now() - startedMs), message }
  }

  /** Its answer; or, when it gives none, how it ended. */
  ask(request: Request, limitMs: number): Promise<Answer | string> {
    const { promise, resolve } = Promise.withResolvers<Answer | string>()
    const child = this.#child
    const exited = (code: number | null, signal: string | null) => resolve(this.#epitaph(code, signal))
    const timer = setTimeout(
      () => this.#kill(`no answer within ${limitMs} ms; its process was killed`),
      limitMs,
    )
    child.once('exit', exited)
    child.once('message', (answer: Answer) => resolve(answer))
    child.send(request, (error) => {
      if (error !== null) this.#kill(`it cannot be spoken to: ${error.message}`)
    })
    return promise.finally(() => {
      clearTimeout(timer)
      child.off('exit', exited)
      child.removeAllListeners('message')
    })
  }

  /** Ends it; what the store threw since its last case. */
  async finish(): Promise<string | undefined> {
    if (!this.isAlive) return undefined
    const answer = await this.ask({ do: 'finish' }, EXTRA_MS)
    this.end()
    return typeof answer === 'object' && 'stray' in answer ? answer.stray : undefined
  }

  end(): void {
    clearInterval(this.#guard)
    this.isAlive = false
    if (this.#child.connected) this.#child.disconnect()
    this.#child.kill('SIGKILL')
  }

  #kill(reason: string): void {
    this.#reason ??= reason
    this.#child.kill('SIGKILL')
  }

  #ended(): void {
    this.isAlive = false
    clearInterval(this.#guard)
  }

  #epitaph(code: number | null, signal: string | null): string {
    if (this.#reason !== undefined) return this.#reason
    if (signal === null) return `the store ended the process, with exit code ${code}`
    const memory = signal === 'SIGABRT' ? `, as it does beyond ${this.#options.memoryMb} MB of memory` : ''
    return `the process of the store crashed with ${signal}${memory}`
  }

  /** V8 limits its own heap; what is outside of it, such as buffers, is known to the system. */
  async #checkMemory(): Promise<void> {
    const limitMb = this.#options.memoryMb + PROCESS_MB
    try {
      const [, residentPages] = (await readFile(`/proc/${this.#child.pid}/statm`, 'latin1')).split(' ')
      const residentMb = (Number(residentPages) * 4096) / 2 ** 20
      if (residentMb > limitMb)
        this.#kill(`its process took more than ${limitMb} MB of memory, and was killed`)
    } catch {
      // Not Linux, or the process has ended: then V8's own limit has to do.
    }
  }
}

function told(answer: Answer): string {
  return 'cannotRun' in answer ? answer.cannotRun : 'it gave another answer than was asked for'
}
