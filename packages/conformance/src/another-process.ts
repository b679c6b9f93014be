import { execFile } from 'node:child_process'
import { deserialize, serialize } from 'node:v8'
import type { RemoteCall } from './case.ts'

const MARK = 'conformance-answer:'
const TIMEOUT_MS = 20_000

/** The whole program of the other process: it needs the target's module and nothing of this package. */
const PROGRAM = `
import { deserialize, serialize } from 'node:v8'
const { module, location, calls } = deserialize(Buffer.from(process.argv[1], 'base64'))
const target = (await import(module)).default
if (typeof target?.open !== 'function') throw new Error('the module has no target as its default export')
const store = await target.open(location)
const answers = []
for (const [method, ...args] of calls) answers.push(await store[method](...args))
await store.close?.()
process.stdout.write('\\n${MARK}' + serialize(answers).toString('base64') + '\\n')
`

/** Opens the target's store in a process of its own, makes the calls, closes it. What each call answered. */
export function runInAnotherProcess(
  module: string,
  location: string,
  calls: readonly RemoteCall[],
): Promise<unknown[]> {
  const task = serialize({ module, location, calls }).toString('base64')
  const args = [...loaderArguments(), '--input-type=module', '--eval', PROGRAM, '--', task]
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { timeout: TIMEOUT_MS, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      const answer = stdout.split('\n').find((line) => line.startsWith(MARK))
      if (answer !== undefined) resolve(deserialize(Buffer.from(answer.slice(MARK.length), 'base64')))
      else reject(new Error(`the other process failed: ${lastWords(stderr) || error?.message}`))
    })
  })
}

/** How this process finds and loads modules, for the other to do the same. */
function loaderArguments(): string[] {
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
