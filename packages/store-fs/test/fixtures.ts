import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { StoreError } from '@wt/core'
import { onTestFinished } from 'vitest'
import { keyPath } from '../src/key-path.ts'

/** A fresh directory, removed when the test is over. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'store-fs-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

/** The file that holds, or would hold, the record of `key`. */
export function recordFile(path: string, key: string): string {
  const { shard, name } = keyPath(key)
  return join(path, 'v1', shard, name)
}

/** The temporary files in a store. */
export function tempsIn(path: string): string[] {
  return (readdirSync(path, { recursive: true }) as string[]).filter((name) => name.includes('temp-'))
}

/**
 * How many descriptors this process has open; 0 where that cannot be seen, which compares equal to itself.
 */
export function openDescriptors(): number {
  return process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0
}

/** The StoreError that the call throws. */
export function failureOf(call: () => unknown): StoreError {
  try {
    call()
  } catch (error) {
    if (StoreError.is(error)) return error
    throw error
  }
  throw new Error('it did not throw')
}

/** What child processes run: an ES module's text, with `FsStore` imported and `args` at hand. */
export function childProgram(program: string): string {
  const url = new URL('../src/index.ts', import.meta.url).href
  return `import { FsStore } from '${url}'\nconst args = process.argv.slice(1)\n${program}`
}

export const NODE_FLAGS: readonly string[] = [
  '--conditions=@wt/source',
  '--no-warnings',
  '--input-type=module',
  '--eval',
]

/** Runs `program` in a process of its own, killed at the end of the test if it is still there. */
export function runProcess(program: string, ...args: string[]): RunningProcess {
  const child = spawn(process.execPath, [...NODE_FLAGS, childProgram(program), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  const exit = new Promise<Ended>((resolve) => {
    child.on('close', (code, signal) => resolve({ code, signal, output }))
  })
  const firstLine = new Promise<void>((resolve) => {
    child.stdout.on('data', (chunk) => {
      output += chunk
      if (output.includes('\n')) resolve()
    })
    child.on('close', () => resolve())
  })
  return { firstLine, exit, kill: () => void child.kill('SIGKILL') }
}

export interface RunningProcess {
  /** Settles when it has printed a line, or has ended. */
  readonly firstLine: Promise<void>
  readonly exit: Promise<Ended>
  kill(): void
}

export interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly output: string
}
