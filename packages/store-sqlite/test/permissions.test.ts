import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { SqliteStore } from '../src/index.ts'
import { closedAfterTest, databasePath, failureOf } from './fixtures.ts'

const NOBODY = 65_534
const isRoot = process.getuid?.() === 0
/** For root permissions do not apply, so that another user tries them: one to whom this directory may be closed. */
const identity = isRoot ? { uid: NOBODY, gid: NOBODY, cwd: '/' } : {}
const canTry =
  process.platform !== 'win32' &&
  spawnSync(process.execPath, ['--check', import.meta.filename], identity).status === 0

test.skipIf(process.platform === 'win32')('the files of a store are for their owner alone', () => {
  const path = databasePath()
  const store = closedAfterTest(new SqliteStore<number>({ path }))
  store.store('key', 1)
  const names = readdirSync(dirname(path)).sort()
  expect(names).toEqual(['store.db', 'store.db-shm', 'store.db-wal'])
  for (const name of names) expect(statSync(join(dirname(path), name)).mode & 0o777, name).toBe(0o600)
})

test.skipIf(process.platform === 'win32')('a file that was there keeps its permissions', () => {
  const path = databasePath()
  writeFileSync(path, '')
  chmodSync(path, 0o640)
  closedAfterTest(new SqliteStore<number>({ path })).store('key', 1)
  expect(statSync(path).mode & 0o777).toBe(0o640)
})

// Skipped, and shown so, where no such user can read these sources.
describe.skipIf(!canTry)('as a user to whom permissions apply', () => {
  /** What the program printed, as JSON. */
  function asNobody(path: string, program: string): unknown {
    const url = new URL('../src/index.ts', import.meta.url).href
    const text = `
      import { SqliteStore } from '${url}'
      const path = process.argv[1]
      const told = (call) => { try { return call() ?? null } catch (error) { return [error.code, error.applied] } }
      process.stdout.write(JSON.stringify((() => { ${program} })()))`
    const command = ['--conditions=@wt/source', '--no-warnings', '--input-type=module', '--eval', text, path]
    const { stdout, stderr, status } = spawnSync(process.execPath, command, { encoding: 'utf8', ...identity })
    expect(status, stderr).toBe(0)
    return JSON.parse(stdout)
  }

  function own(path: string, modes: { directory: number; file: number }): void {
    const directory = dirname(path)
    for (const each of [directory, path]) if (isRoot) chownSync(each, NOBODY, NOBODY)
    chmodSync(path, modes.file)
    chmodSync(directory, modes.directory)
  }

  test('a file that may not be written takes no write, says READ_ONLY, and stays as it is', () => {
    const path = stored()
    own(path, { directory: 0o755, file: 0o444 })
    const answers = asNobody(
      path,
      `let store
       const opened = told(() => { store = new SqliteStore({ path }) })
       if (opened !== null) return [opened]
       return [told(() => store.store('key', 'new')), told(() => store.remove('key')), told(() => store.load('key'))]`,
    )
    const refused = ['READ_ONLY', 'no']
    expect([[refused], [refused, refused, 'value']]).toContainEqual(answers)
    own(path, { directory: 0o755, file: 0o644 })
    expect(closedAfterTest(new SqliteStore({ path })).load('key')).toBe('value')
  })

  test('a file that may not be read, or a directory that may not be entered, is UNAVAILABLE', () => {
    const path = stored()
    own(path, { directory: 0o755, file: 0o000 })
    expect(asNobody(path, `return told(() => new SqliteStore({ path }))`)).toEqual(['UNAVAILABLE', 'no'])
    own(path, { directory: 0o000, file: 0o644 })
    expect(asNobody(path, `return told(() => new SqliteStore({ path }))`)).toEqual(['UNAVAILABLE', 'no'])
    own(path, { directory: 0o755, file: 0o644 })
    expect(closedAfterTest(new SqliteStore({ path })).load('key')).toBe('value')
  })

  test('a directory in which no file can be made is UNAVAILABLE', () => {
    const path = databasePath()
    if (isRoot) chownSync(dirname(path), NOBODY, NOBODY)
    chmodSync(dirname(path), 0o555)
    expect(asNobody(path, `return told(() => new SqliteStore({ path }))`)).toEqual(['UNAVAILABLE', 'no'])
  })
})

test('a directory at the path is UNAVAILABLE and left alone', () => {
  const path = dirname(databasePath())
  expect(failureOf(() => new SqliteStore({ path }))).toMatchObject({ code: 'UNAVAILABLE', applied: 'no' })
  expect(readdirSync(path)).toEqual([])
})

function stored(): string {
  const path = databasePath()
  const store = new SqliteStore<string>({ path })
  store.store('key', 'value')
  store.close()
  expect(readFileSync(path).length).toBeGreaterThan(0)
  return path
}
