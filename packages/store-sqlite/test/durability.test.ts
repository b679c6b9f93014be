import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { SqliteStore } from '../src/index.ts'
import { closedAfterTest, databasePath, drivers, pragma, runProcess } from './fixtures.ts'

const FULL = 2
const NORMAL = 1

describe.each(drivers)('on %s', (_, openDatabase) => {
  test("after the first write 'power' still has WAL, synchronous FULL and full fsyncs in force", () => {
    const database = openDatabase(databasePath())
    const store = new SqliteStore<number>({ database, durability: 'power' })
    store.store('a', 1)
    expect(pragma(database, 'journal_mode')).toBe('wal')
    expect(pragma(database, 'synchronous')).toBe(FULL)
    expect(pragma(database, 'fullfsync')).toBe(1)
    expect(pragma(database, 'checkpoint_fullfsync')).toBe(1)
    expect(store.durability).toBe('power')
  })

  test("'process' raises synchronous OFF to NORMAL, and lowers nothing that its owner set", () => {
    const off = openDatabase(databasePath())
    off.exec('PRAGMA synchronous = OFF')
    const store = new SqliteStore<number>({ database: off, durability: 'process' })
    store.store('a', 1)
    expect(pragma(off, 'synchronous')).toBe(NORMAL)
    expect(store.durability).toBe('process')
    const full = openDatabase(databasePath())
    full.exec('PRAGMA synchronous = FULL')
    new SqliteStore<number>({ database: full, durability: 'process' }).store('a', 1)
    expect(pragma(full, 'synchronous')).toBe(FULL)
  })

  test('a database that cannot keep a write-ahead log is refused', () => {
    const database = openDatabase('')
    expect(() => new SqliteStore({ database })).toThrow(/write-ahead log|in memory/)
  })
})

test.each(['power', 'process'] as const)("what was stored with '%s' survives SIGKILL", async (durability) => {
  const path = databasePath()
  const child = runProcess(
    `const store = new SqliteStore({ path: args[0], durability: args[1] })
     for (let index = 0; index < 50; index++) store.store('key ' + index, index)
     store.storeMany([['batch 1', 1], ['batch 2', 2]])
     store.remove('key 0')
     process.kill(process.pid, 'SIGKILL')`,
    path,
    durability,
  )
  expect(await child.exit).toBe('SIGKILL')
  const store = closedAfterTest(new SqliteStore<number>({ path }))
  expect(store.load('key 0')).toBeUndefined()
  for (let index = 1; index < 50; index++) expect(store.load(`key ${index}`)).toBe(index)
  expect(store.loadMany(['batch 1', 'batch 2']).size).toBe(2)
})

const hasStrace = spawnSync('strace', ['-V']).status === 0

test.runIf(process.env.CI)('strace is there to count syncs in CI', () => {
  expect(hasStrace, 'install strace: without it nothing shows that acknowledged writes are on disk').toBe(
    true,
  )
})

// Skipped, and shown so, where there is no strace to count with.
describe.skipIf(!hasStrace)('H17: an acknowledged write is on disk', () => {
  test.each([
    ['node:sqlite', 'power', 20],
    ['node:sqlite', 'process', 0],
    ['better-sqlite3', 'power', 20],
  ])("20 puts on %s with '%s' make %i syncs", (driver, durability, syncs) => {
    expect(syncsOf20Puts(driver, durability)).toBe(syncs)
  })
})

/** Syncs between two marks, which are removals of files that are not there. Every value is another. */
function syncsOf20Puts(driver: string, durability: string): number {
  const path = databasePath()
  const trace = `${path}.trace`
  const program = `
    import { rmSync } from 'node:fs'
    import { SqliteStore } from ${JSON.stringify(new URL('../src/index.ts', import.meta.url).href)}
    import Database from ${JSON.stringify(import.meta.resolve('better-sqlite3'))}
    const [path, driver, durability] = process.argv.slice(1)
    const source = driver === 'node:sqlite' ? { path } : { database: new Database(path) }
    const store = new SqliteStore({ ...source, durability })
    store.store('first', 0)
    rmSync('mark-begin', { force: true })
    for (let index = 0; index < 20; index++) store.store('key', 'value ' + index)
    rmSync('mark-end', { force: true })`
  const node = ['--conditions=@wt/source', '--no-warnings', '--input-type=module', '--eval', program]
  const calls = 'trace=fsync,fdatasync,?sync_file_range,?unlink,?unlinkat,?rmdir,?stat,?lstat,?statx'
  const strace = ['-f', '-qq', '-o', trace, '-e', calls]
  execFileSync('strace', [...strace, process.execPath, ...node, path, driver, durability])
  const lines = readFileSync(trace, 'utf8').split('\n')
  const begin = lines.findIndex((line) => line.includes('mark-begin'))
  const end = lines.findIndex((line) => line.includes('mark-end'))
  if (begin < 0 || end < begin) throw new Error(`strace saw no marks:\n${lines.slice(-20).join('\n')}`)
  return lines.slice(begin, end).filter((line) => /\b(fsync|fdatasync)\(/.test(line)).length
}
