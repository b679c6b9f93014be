import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StoreError } from '@wt/core'
import Database from 'better-sqlite3'
import { afterAll, onTestFinished } from 'vitest'

/** The path of a database file in a fresh directory, removed when the test is over. */
export function databasePath(): string {
  const directory = mkdtempSync(join(tmpdir(), 'store-sqlite-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return join(directory, 'store.db')
}

/** Every thread and process that the tests of a file start compiles the same sources: once is enough. */
export function compileOnce(): void {
  const directory = mkdtempSync(join(tmpdir(), 'store-sqlite-compiled-'))
  process.env.NODE_COMPILE_CACHE = directory
  afterAll(() => rmSync(directory, { recursive: true, force: true, maxRetries: 3 }))
}

/** What both drivers' databases have, as the tests use it. */
export interface TestDatabase {
  readonly inTransaction?: boolean
  readonly isTransaction?: boolean
  exec(sql: string): unknown
  prepare(sql: string): { get(): unknown; run(...parameters: unknown[]): unknown }
  close(): void
}

export const drivers: [name: string, open: (path: string) => TestDatabase][] = [
  ['node:sqlite', (path) => closedAfterTest(new DatabaseSync(path) as TestDatabase)],
  ['better-sqlite3', (path) => closedAfterTest(new Database(path) as TestDatabase)],
]

/** Closed when the test is over, unless the test has. */
export function closedAfterTest<T extends { close(): unknown }>(closable: T): T {
  onTestFinished(async () => {
    try {
      await closable.close()
    } catch {
      // node:sqlite refuses to close twice: the test has closed it.
    }
  })
  return closable
}

/** The first column of a pragma's answer. */
export function pragma(database: TestDatabase, name: string): unknown {
  return Object.values(database.prepare(`PRAGMA ${name}`).get() as object)[0]
}

/** The same for what answers later. */
export async function laterFailureOf(answer: Promise<unknown>): Promise<StoreError> {
  const result = await answer.catch((error: unknown) => error)
  if (StoreError.is(result)) return result
  throw result instanceof Error ? result : new Error('it did not reject')
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

/** Runs an ES module's text in a process of its own; `line` is its first line of output, `exit` how it ended. */
export function runProcess(program: string, ...args: string[]): RunningProcess {
  const url = new URL('../src/index.ts', import.meta.url).href
  const text = `import { AsyncSqliteStore, SqliteStore } from '${url}'\nconst args = process.argv.slice(1)\n${program}`
  const command = ['--conditions=@wt/source', '--no-warnings', '--input-type=module', '--eval', text, ...args]
  const child = spawn(process.execPath, command, { stdio: ['pipe', 'pipe', 'inherit'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  const line = new Promise<string>((resolve) => {
    child.stdout.on('data', (chunk) => {
      output += chunk
      if (output.includes('\n')) resolve(output.slice(0, output.indexOf('\n')))
    })
    child.on('close', () => resolve(output))
  })
  const exit = new Promise<number | string>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'unknown'))
  })
  return { pid: child.pid!, line, exit, end: () => void child.stdin.end() }
}

export interface RunningProcess {
  readonly pid: number
  readonly line: Promise<string>
  readonly exit: Promise<number | string>
  /** Closes its standard input. */
  end(): void
}
