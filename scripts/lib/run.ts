import { spawnSync } from 'node:child_process'
import { delimiter } from 'node:path'

export interface RunOptions {
  readonly cwd: string
  readonly env?: NodeJS.ProcessEnv
  /** Default: five minutes. */
  readonly timeoutMs?: number
  /** The exit code that is right. Default 0. */
  readonly expectExit?: number
}

const FIVE_MINUTES_MS = 300_000

/**
 * Runs a program to its end with no input; what it wrote to stdout. Throws, with all that it wrote, when it exits otherwise
 * than expected.
 */
export function run(program: string, args: readonly string[], options: RunOptions): string {
  const { cwd, env = process.env, timeoutMs = FIVE_MINUTES_MS, expectExit = 0 } = options
  const done = spawnSync(program, args, {
    cwd,
    env,
    timeout: timeoutMs,
    encoding: 'utf8',
    maxBuffer: 2 ** 27,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (done.status === expectExit && done.error === undefined) return done.stdout
  const ended = done.error?.message ?? (done.signal ? `killed by ${done.signal}` : `exit ${done.status}`)
  const command = [program, ...args].join(' ')
  throw new Error(`${command}: ${ended}, not exit ${expectExit}\n${done.stdout}\n${done.stderr}`.trimEnd())
}

/**
 * The environment of somebody who has never seen this repository: none of the variables that npm, pnpm and Node hand down, no
 * program of ours on the path; the `node` of the given directory, or else the machine's.
 */
export function strangersEnvironment(nodeDirectory?: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(p?npm_|PNPM_|NODE$|NODE_OPTIONS|INIT_CWD|VITEST)/i.test(name) || /registry$/i.test(name),
  )
  const path = (process.env.PATH ?? '').split(delimiter).filter((entry) => !entry.includes('node_modules'))
  if (nodeDirectory !== undefined) path.unshift(nodeDirectory)
  return { ...Object.fromEntries(kept), PATH: path.join(delimiter) }
}
