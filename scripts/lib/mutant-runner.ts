import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'

/** Paths are those in `packages/core`. */
export interface MutantJob {
  /** The source that is changed. */
  readonly file: string
  /** What stands in its place; without it the source is as it is. */
  readonly text?: string
  /** The tests to run, until one fails: files, or one test of a file. */
  readonly tests: readonly { readonly file: string; readonly name?: string }[]
}

/** The full names of tests, with those of the groups that they are in. */
export interface MutantVerdict {
  readonly failed: readonly string[]
  readonly passed: readonly string[]
}

/**
 * Runs tests of core against changed sources, one mutant at a time, in a process whose Vitest hands out the changed text
 * in place of the file: nothing is copied, and nothing is written. A mutant that never ends costs that process.
 */
export class MutantRunner {
  #worker: ChildProcess | undefined

  /** What became of the tests; `'timeout'` when they did not end within `timeoutMs`. */
  async run(job: MutantJob, timeoutMs: number): Promise<MutantVerdict | 'timeout'> {
    this.#worker ??= start()
    const worker = this.#worker
    const limit = AbortSignal.timeout(timeoutMs)
    const over = new AbortController()
    const signal = AbortSignal.any([limit, over.signal])
    try {
      const answered = once(worker, 'message', { signal })
      const ended = once(worker, 'exit', { signal })
      worker.send(job)
      const verdict = await Promise.race([answered, ended.then(() => undefined)])
      // Nobody waits for the other any more.
      answered.catch(() => {})
      ended.catch(() => {})
      if (verdict === undefined) throw new Error('the process that runs the mutants has ended by itself')
      return verdict[0] as MutantVerdict
    } catch (error) {
      if (!limit.aborted) throw error
      // It may be in a loop that listens to nothing.
      this.close()
      return 'timeout'
    } finally {
      over.abort()
    }
  }

  close(): void {
    // Its own children, in which the tests run, are in its group.
    if (this.#worker?.pid !== undefined) process.kill(-this.#worker.pid, 'SIGKILL')
    this.#worker = undefined
  }
}

function start(): ChildProcess {
  return fork(new URL('mutant-worker.ts', import.meta.url), {
    detached: true,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
}
