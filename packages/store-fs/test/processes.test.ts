import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeEach, describe, expect, test } from 'vitest'
import { FsStore } from '../src/index.ts'
import { childProgram, NODE_FLAGS, runProcess, tempsIn, temporaryDirectory } from './fixtures.ts'

let path: string

beforeEach(() => {
  path = temporaryDirectory()
})

/**
 * One character, so often that a torn value shows: half of one and half of another is no value that was ever
 * stored.
 */
const VALUE = `(number) => String.fromCharCode(97 + number % 26).repeat(100_000 + number % 7)`
const isWhole = (value: string | undefined) =>
  value !== undefined && value.length >= 100_000 && value === value.charAt(0).repeat(value.length)

test('H15: readers in other processes see a whole value, old or new, while it is overwritten', async () => {
  const writer = runProcess(
    `const store = new FsStore({ path: args[0], durability: 'process' })
     const value = ${VALUE}
     store.store('key', value(0))
     console.log('ready')
     for (let number = 1; ; number++) store.store('key', value(number))`,
    path,
  )
  await writer.firstLine
  const reads = `
    const store = new FsStore({ path: args[0], durability: 'process' })
    const seen = new Set()
    for (let read = 0; read < 50 || seen.size < 5; read++) {
      const value = store.load('key')
      if (value !== value?.charAt(0).repeat(value.length)) throw new Error('torn: ' + value?.length)
      seen.add(value.charAt(0))
    }`
  for (const reader of [runProcess(reads, path), runProcess(reads, path)]) {
    expect(await reader.exit).toMatchObject({ code: 0 })
  }
  writer.kill()
})

test('H16: SIGKILL during an overwrite leaves the old or the new value, and a later open sweeps its traces', async () => {
  for (const killAfterMs of [1, 5, 11, 20]) {
    const writer = runProcess(
      `const store = new FsStore({ path: args[0], durability: 'process' })
       const value = ${VALUE}
       store.store('key', value(0))
       console.log('ready')
       for (let number = 1; ; number++) store.store('key', value(number))`,
      path,
    )
    await writer.firstLine
    await sleep(killAfterMs)
    writer.kill()
    expect((await writer.exit).signal).toBe('SIGKILL')
    const store = new FsStore<string>({ path })
    expect(isWhole(store.load('key'))).toBe(true)
    // Elsewhere a dead process cannot be told from one of another host, and its files wait for an hour.
    if (process.platform === 'linux') expect(tempsIn(path)).toEqual([])
  }
})

test('H24: processes that open and sweep delete no live temporary file of a writer', async () => {
  new FsStore({ path })
  const writers = ['a', 'b'].map((name) =>
    runProcess(
      `import { closeSync, fstatSync, fsyncSync, lstatSync, mkdirSync, openSync, readSync, readdirSync, renameSync, unlinkSync, writeSync } from 'node:fs'
       let lost = 0
       const renameOrCount = (from, to) => {
         try { renameSync(from, to) } catch (error) { lost++; throw error }
       }
       const fileSystem = { closeSync, fstatSync, fsyncSync, lstatSync, mkdirSync, openSync, readSync, readdirSync, unlinkSync, writeSync, renameSync: renameOrCount }
       const store = new FsStore({ path: args[0], durability: 'process', fileSystem })
       for (let number = 0; number < 200; number++) store.store(args[1] + number, number)
       console.log(lost)`,
      path,
      name,
    ),
  )
  const sweepers = [0, 1].map(() =>
    runProcess(
      `for (let open = 0; open < 40; open++) new FsStore({ path: args[0], durability: 'process' }).close()`,
      path,
    ),
  )
  for (const { exit } of writers) expect(await exit).toMatchObject({ code: 0, output: '0\n' })
  for (const { exit } of sweepers) expect(await exit).toMatchObject({ code: 0 })
  const store = new FsStore<number>({ path })
  for (const name of ['a', 'b']) {
    for (let number = 0; number < 200; number++) expect(store.load(`${name}${number}`)).toBe(number)
  }
  expect(tempsIn(path)).toEqual([])
})

test('two processes that make one store at the same moment both get it', async () => {
  const below = join(path, 'made', 'by', 'both')
  const makers = ['a', 'b'].map((name) =>
    runProcess(`new FsStore({ path: args[0] }).store(args[1], 1)`, below, name),
  )
  for (const { exit } of makers) expect(await exit).toMatchObject({ code: 0 })
  expect([...new FsStore({ path: below }).keys()].sort()).toEqual(['a', 'b'])
})

const hasStrace = spawnSync('strace', ['-V']).status === 0

test.runIf(process.env.CI === 'true')('strace is there to count syncs in CI', () => {
  expect(hasStrace, 'install strace: without it nothing shows that acknowledged writes are on disk').toBe(
    true,
  )
})

// Skipped, and shown so, where there is no strace to count with.
describe.skipIf(!hasStrace)('H17, H21: what the kernel is asked for by 20 acknowledged puts', () => {
  test("with 'power': each file is synced before its rename, and its directory after it", () => {
    const calls = callsOf20Puts('power')
    expect(calls).toHaveLength(60)
    for (let put = 0; put < 20; put++) {
      const [file, rename, directory] = calls.slice(3 * put, 3 * put + 3) as [string, string, string]
      expect(file).toMatch(/^fsync\(\d+<.*\/temp-[^/]+>\)\s+= 0$/)
      const temp = /\/(temp-[^/>]+)>/.exec(file)?.[1]
      expect(rename).toMatch(/^rename(at2?)?\(.*= 0$/)
      expect(rename).toContain(temp)
      expect(directory).toMatch(/^fsync\(\d+<.*\/v1\/[0-9a-f]>\)\s+= 0$/)
      const synced = /<(.*)>/.exec(directory)?.[1]
      expect(rename).toContain(`${synced}/key-${put}"`)
    }
  })

  test("with 'process': 20 renames and no sync", () => {
    const calls = callsOf20Puts('process')
    expect(calls).toHaveLength(20)
    for (const call of calls) expect(call).toMatch(/^rename/)
  })
})

/**
 * The syncs and renames between two marks, which are renames of files that are not there. Every value is
 * another.
 */
function callsOf20Puts(durability: string): string[] {
  const program = childProgram(
    `import { renameSync } from 'node:fs'
     const mark = (name) => { try { renameSync(name, name) } catch {} }
     const store = new FsStore({ path: args[0], durability: args[1] })
     mark('mark-begin')
     for (let number = 0; number < 20; number++) store.store(String(number), 'value ' + number)
     mark('mark-end')`,
  )
  const trace = join(path, 'trace')
  const options = ['-f', '-qq', '-y', '-s', '500', '-o', trace]
  const calls = ['-e', 'trace=fsync,fdatasync,?rename,?renameat,?renameat2']
  const node = [process.execPath, ...NODE_FLAGS, program, join(path, 'store'), durability]
  const { status, stderr } = spawnSync('strace', [...options, ...calls, ...node], { encoding: 'utf8' })
  expect(status, stderr).toBe(0)
  const lines = readFileSync(trace, 'utf8')
    .split('\n')
    .map((line) => line.replace(/^\d+\s+/, ''))
  const begin = lines.findIndex((line) => line.includes('mark-begin'))
  const end = lines.findIndex((line) => line.includes('mark-end'))
  expect(begin).toBeGreaterThanOrEqual(0)
  expect(end).toBeGreaterThan(begin)
  return lines.slice(begin + 1, end)
}
