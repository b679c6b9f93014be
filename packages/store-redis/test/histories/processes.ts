import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Request } from './worker.ts'

/** Node processes that wait for what they are asked, and can be asked for one run after another. */
export class Processes {
  readonly #children: readonly ChildProcess[]

  constructor(count: number) {
    const file = fileURLToPath(new URL('./worker.ts', import.meta.url))
    this.#children = Array.from({ length: count }, () =>
      fork(file, [], {
        execArgv: ['--conditions=@wt/source', '--no-warnings'],
        serialization: 'advanced',
      }),
    )
    for (const child of this.#children) child.setMaxListeners(0)
  }

  get count(): number {
    return this.#children.length
  }

  /** What each answers. Rejects when one ends instead, or is silent for so long. */
  ask<T>(withinMs: number, requestOf: (number: number) => Request): Promise<T[]> {
    return Promise.all(
      this.#children.map((child, number) => {
        const { promise, resolve, reject } = Promise.withResolvers<T>()
        const ended = (code: number | null) => reject(new Error(`process ${number} ended with ${code}`))
        const { type } = requestOf(number)
        const silent = () => reject(new Error(`process ${number}: no answer to '${type}' in ${withinMs} ms`))
        const timer = setTimeout(silent, withinMs)
        child.once('message', resolve)
        child.once('exit', ended)
        child.send(requestOf(number), (error) => error && reject(error))
        return promise.finally(() => {
          clearTimeout(timer)
          child.off('exit', ended)
        })
      }),
    )
  }

  kill(): void {
    for (const child of this.#children) child.kill('SIGKILL')
  }
}
