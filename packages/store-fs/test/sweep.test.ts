import { spawnSync } from 'node:child_process'
import { existsSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, test } from 'vitest'
import { FsStore } from '../src/index.ts'
import { ABANDONED_AFTER_MS } from '../src/sweep.ts'
import { TempNames } from '../src/temp-name.ts'
import { FaultyFileSystem, failing, TEMP } from './faulty-file-system.ts'
import { tempsIn, temporaryDirectory } from './fixtures.ts'

const OURS = new TempNames().next()
const FOREIGN_HOST = OURS.replace(/^temp-[^-]+/, 'temp-0123456789ab')
const UNKNOWN_HOST = OURS.replace(/^temp-[^-]+/, 'temp-0')

let path: string

beforeEach(() => {
  path = temporaryDirectory()
  new FsStore({ path })
})

/** Leaves a temporary file as a writer would have, so long ago. */
function leave(name: string, ageMs = 0): string {
  const file = join(path, 'v1', '3', name)
  writeFileSync(file, 'half a rec')
  const time = (Date.now() - ageMs) / 1000
  utimesSync(file, time, time)
  return file
}

function ofProcess(name: string, processId: number): string {
  return name.replace(/^(temp-[^-]+-)[0-9]+/, `$1${processId}`)
}

function deadProcessId(): number {
  return spawnSync(process.execPath, ['--eval', '']).pid
}

describe('a temporary file is swept at open', () => {
  // Where the boot of a host cannot be told, as outside Linux, age is all there is.
  test.runIf(process.platform === 'linux')('when its process, of this host and boot, is dead', () => {
    const file = leave(ofProcess(OURS, deadProcessId()))
    new FsStore({ path })
    expect(existsSync(file)).toBe(false)
  })

  test.each([OURS, FOREIGN_HOST, UNKNOWN_HOST])('when it is older than an hour: %s', (name) => {
    const file = leave(name, ABANDONED_AFTER_MS + 60_000)
    new FsStore({ path })
    expect(existsSync(file)).toBe(false)
    expect(tempsIn(path)).toEqual([])
  })
})

describe('a temporary file is left alone', () => {
  test('while its process lives', () => {
    const file = leave(OURS, ABANDONED_AFTER_MS - 60_000)
    new FsStore({ path })
    expect(existsSync(file)).toBe(true)
  })

  test.each([FOREIGN_HOST, UNKNOWN_HOST])('when nobody can tell, and it is young: %s', (name) => {
    const file = leave(ofProcess(name, deadProcessId()), ABANDONED_AFTER_MS - 60_000)
    new FsStore({ path })
    expect(existsSync(file)).toBe(true)
    expect(tempsIn(path)).toHaveLength(1)
  })

  test.each(['temp-', 'temp-notes', 'temperature', `${OURS}.bak`, `x${OURS}`])(
    'when it is not the store’s: %s',
    (name) => {
      const file = leave(name, 2 * ABANDONED_AFTER_MS)
      new FsStore({ path })
      expect(existsSync(file)).toBe(true)
    },
  )
})

test('age is told by the clock of the file system, not by this machine’s', () => {
  const young = leave(FOREIGN_HOST)
  class Ahead extends FaultyFileSystem {
    override fstatSync(descriptor: number) {
      const status = super.fstatSync(descriptor)
      status.mtimeMs += 2 * ABANDONED_AFTER_MS
      return status
    }
  }
  new FsStore({ path, fileSystem: new FaultyFileSystem() })
  expect(existsSync(young)).toBe(true)
  new FsStore({ path, fileSystem: new Ahead() })
  expect(existsSync(young)).toBe(false)
})

test('a file that cannot be swept does not keep the store from opening', () => {
  leave(FOREIGN_HOST, 2 * ABANDONED_AFTER_MS)
  const fileSystem = new FaultyFileSystem()
  fileSystem.fault = failing('unlinkSync', TEMP, 'EACCES')
  const store = new FsStore<number>({ path, fileSystem })
  fileSystem.fault = () => undefined
  store.store('key', 1)
  expect(store.load('key')).toBe(1)
})

test('names are never given twice, and say nothing but host, process and chance', () => {
  const names = new TempNames()
  const given = new Set(Array.from({ length: 100 }, () => names.next()))
  given.add(new TempNames().next())
  expect(given.size).toBe(101)
  for (const name of given) expect(name).toMatch(/^temp-([0-9a-f]{12}|0)-[0-9]+-[0-9a-f]{16}-[0-9a-z]+$/)
})
