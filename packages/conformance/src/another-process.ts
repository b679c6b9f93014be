import { execFile } from 'node:child_process'
import { deserialize, serialize } from 'node:v8'
import type { RemoteCall } from './case.ts'
import { CannotRun } from './outcomes.ts'

const MARK = 'conformance-answer:'

/** The whole program of the other process: it needs the target's module and nothing of this package. */
const PROGRAM = `
import { writeSync } from 'node:fs'
import { deserialize, serialize } from 'node:v8'
const { module, location, calls, isKilled } = deserialize(Buffer.from(process.argv[1], 'base64'))
function answer(result) {
  writeSync(1, '\\n${MARK}' + serialize(result).toString('base64') + '\\n')
}
const target = await import(module).then((imported) => imported.default, (error) => error)
if (typeof target?.open !== 'function') {
  answer({ cannotRun: 'the module has no target as its default export: ' + target })
  process.exit(0)
}
const store = await target.open(location)
const answers = []
for (const [method, ...args] of calls) answers.push(await store[method](...args))
if (isKilled) {
  answer({ answers })
  process.kill(process.pid, 'SIGKILL')
}
await store.close?.()
answer({ answers })
`

export interface Task {
  readonly module: string
  readonly location: string
  readonly calls: readonly RemoteCall[]
  /** Ends the process by SIGKILL after the calls, instead of closing the store. */
  readonly isKilled: boolean
}

/** How large an answer may be. */
const MOST_BYTES = 2 ** 26

/**
 * Opens the target's store in a process of its own, makes the calls, closes it. What each call answered. It may take as long
 * as the case may: `signal` ends the process.
 */
export function runInAnotherProcess(task: Task, signal: AbortSignal): Promise<unknown[]> {
  const encoded = serialize(task).toString('base64')
  const args = [...loaderArguments(), '--input-type=module', '--eval', PROGRAM, '--', encoded]
  return new Promise((resolve, reject) => {
    const options = { signal, killSignal: 'SIGKILL', maxBuffer: MOST_BYTES } as const
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      const line = stdout.split('\n').find((line) => line.startsWith(MARK))
      if (line === undefined) {
        const end = error?.signal ? `ended by ${error.signal}` : `exit ${error?.code ?? 0} with no answer`
        reject(new Error(`the other process failed: ${lastWords(stderr) || end}`))
        return
      }
      const { answers, cannotRun } = deserialize(Buffer.from(line.slice(MARK.length), 'base64')) as {
        answers: unknown[]
        cannotRun?: string
      }
      if (cannotRun === undefined) resolve(answers)
      else reject(new CannotRun(`${task.module} in another process: ${cannotRun}`))
    })
  })
}

/** How this process finds and loads modules, for the other to do the same. */
export function loaderArguments(): string[] {
  const { execArgv } = process
  const kept: string[] = []
  for (let index = 0; index < execArgv.length; index++) {
    const argument = execArgv[index]!
    if (!/^(--conditions|-C|--import|--loader|--experimental-|--no-warnings)/.test(argument)) continue
    kept.push(argument)
    const next = execArgv[index + 1]
    if (!argument.includes('=') && next !== undefined && !next.startsWith('-')) kept.push(next)
  }
  return kept
}

/** The error itself, of all that Node prints about it. */
function lastWords(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '')
  return lines.find((line) => /^(\w*Error|\S*Exception)\b/.test(line.trim())) ?? lines.slice(-3).join(' ')
}
