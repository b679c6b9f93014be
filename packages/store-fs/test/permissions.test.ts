import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { FsStore } from '../src/index.ts'
import { childProgram, NODE_FLAGS, recordFile, temporaryDirectory } from './fixtures.ts'

const NOBODY = 65_534
const isRoot = process.getuid?.() === 0
/** For root permissions do not apply, so that another user tries them: one to whom this directory may be closed. */
const identity = isRoot ? { uid: NOBODY, gid: NOBODY, cwd: '/' } : {}
const canTry =
  process.platform !== 'win32' &&
  spawnSync(process.execPath, ['--check', import.meta.filename], identity).status === 0

let path: string

beforeEach(() => {
  path = join(temporaryDirectory(), 'store')
  const store = new FsStore<string>({ path })
  store.store('key', 'value')
  store.store('other', 'another')
  chmodSync(join(path, '..'), 0o755)
})

/** Runs as a user to whom permissions apply: for root they do not. What the program printed, as JSON. */
function asNobody(program: string): unknown {
  const told = `
    const told = (call) => { try { return call() ?? null } catch (error) { return [error.code, error.applied] } }
    process.stdout.write(JSON.stringify((() => { ${program} })()))`
  const { stdout, stderr, status } = spawnSync(process.execPath, [...NODE_FLAGS, childProgram(told), path], {
    encoding: 'utf8',
    ...identity,
  })
  expect(status, stderr).toBe(0)
  return JSON.parse(stdout)
}

function own(mode: { directories: number; files: number }): void {
  for (const name of ['', ...(readdirSync(path, { recursive: true }) as string[])]) {
    const each = join(path, name)
    if (isRoot) chownSync(each, NOBODY, NOBODY)
    chmodSync(each, statSync(each).isDirectory() ? mode.directories : mode.files)
  }
}

// Skipped, and shown so, where no such user can read these sources.
describe.skipIf(!canTry)('as a user to whom permissions apply', () => {
  test('a store that may be read and not written loads and lists, and a write is READ_ONLY and changes nothing', () => {
    own({ directories: 0o555, files: 0o444 })
    const answers = asNobody(`
    const store = new FsStore({ path: args[0] })
    return [
      told(() => store.load('key')), told(() => store.load('absent')), told(() => [...store.keys()].sort()),
      told(() => store.store('key', 'new')), told(() => store.store('new', 1)), told(() => store.remove('key')),
      told(() => store.load('key')),
    ]`)
    const refused = ['READ_ONLY', 'no']
    expect(answers).toEqual(['value', null, ['key', 'other'], refused, refused, refused, 'value'])
    own({ directories: 0o755, files: 0o644 })
    expect(new FsStore({ path }).load('key')).toBe('value')
  })

  test('a record that may not be read is READ_FAILURE: no miss, and it hides no other', () => {
    own({ directories: 0o755, files: 0o644 })
    chmodSync(recordFile(path, 'key'), 0o000)
    const answers = asNobody(`
    const store = new FsStore({ path: args[0] })
    return [told(() => store.load('key')), told(() => store.load('other')), told(() => [...store.keys()].sort())]`)
    expect(answers).toEqual([['READ_FAILURE', 'no'], 'another', ['key', 'other']])
  })

  test('a directory of it that may not be entered is READ_FAILURE to a load, never an absence', () => {
    own({ directories: 0o755, files: 0o644 })
    const shard = join(recordFile(path, 'key'), '..')
    const answers = asNobody(`
    const store = new FsStore({ path: args[0] })
    process.getBuiltinModule('node:fs').chmodSync(${JSON.stringify(shard)}, 0)
    return [told(() => store.load('key')), told(() => store.store('key', 1)), told(() => store.remove('key'))]`)
    expect(answers).toEqual([
      ['READ_FAILURE', 'no'],
      ['READ_ONLY', 'no'],
      ['READ_ONLY', 'no'],
    ])
  })

  test('a store of someone else, closed to this user, is UNAVAILABLE and stays as it is', () => {
    own({ directories: 0o755, files: 0o644 })
    chmodSync(path, 0o000)
    expect(asNobody(`return told(() => new FsStore({ path: args[0] }))`)).toEqual(['UNAVAILABLE', 'no'])
    chmodSync(path, 0o755)
    expect(new FsStore({ path }).load('key')).toBe('value')
  })
})

test('a directory that goes away under an open store is an error to every call, and never a miss', () => {
  const store = new FsStore<string>({ path })
  rmSync(path, { recursive: true })
  expect(() => store.load('key')).toThrow(expect.objectContaining({ code: 'READ_FAILURE' }))
  expect(() => [...store.keys()]).toThrow(expect.objectContaining({ code: 'READ_FAILURE' }))
  expect(() => store.store('key', 'new')).toThrow(
    expect.objectContaining({ code: 'WRITE_FAILURE', applied: 'no' }),
  )
  expect(() => store.remove('key')).toThrow(expect.objectContaining({ code: 'WRITE_FAILURE', applied: 'no' }))
  mkdirSync(path)
  expect(readdirSync(path)).toEqual([])
})
