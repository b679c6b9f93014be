import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Answer, ContenderSpec, FinalResult, Request, RoundResult } from './contender.ts'

const CHILD = fileURLToPath(new URL('./child.ts', import.meta.url))
const running = new Set<ChildProcess>()

/** A contender in a process of its own, seen from the parent. Ask one thing at a time. */
export class ContenderProcess {
  readonly #name: string
  readonly #child: ChildProcess

  private constructor(name: string) {
    this.#name = name
    this.#child = fork(CHILD, {
      execArgv: ['--conditions=@wt/source', '--disable-warning=ExperimentalWarning'],
      // Their standard output would end up in the middle of the report.
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    })
    running.add(this.#child)
    this.#child.once('exit', () => running.delete(this.#child))
  }

  /** Starts the process and makes the contender, filled and ready. */
  static async create(name: string, spec: ContenderSpec): Promise<ContenderProcess> {
    const contender = new ContenderProcess(name)
    await contender.#ask({ type: 'create', spec })
    return contender
  }

  async warmUp(roundMs: number, operations?: number): Promise<void> {
    await this.#ask({ type: 'warmUp', roundMs, operations })
  }

  async round(): Promise<RoundResult> {
    return (await this.#ask({ type: 'round' })) as RoundResult
  }

  /** Closes the contender and ends its process. */
  async finish(): Promise<FinalResult> {
    const result = (await this.#ask({ type: 'finish' })) as FinalResult
    const exit = once(this.#child, 'exit')
    this.#child.disconnect()
    await exit
    return result
  }

  #ask(request: Request): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const answered = (answer: Answer): void => {
        settle()
        if (answer.type === 'done') resolve(answer.result)
        else reject(new Error(`${this.#name}: ${answer.message}`))
      }
      const ended = (code: number | null, signal: string | null): void => {
        settle()
        const how = signal ?? `exit code ${code}`
        reject(new Error(`${this.#name}: its process ended in the middle of a measurement (${how})`))
      }
      const settle = (): void => {
        this.#child.off('message', answered).off('exit', ended)
      }
      this.#child.on('message', answered).on('exit', ended)
      this.#child.send(request)
    })
  }
}

/** Ends every contender's process at once, and waits until they are gone. */
export async function endAllContenders(): Promise<void> {
  const exits = [...running].map((child) => once(child, 'exit'))
  for (const child of running) child.kill('SIGKILL')
  await Promise.all(exits)
}
