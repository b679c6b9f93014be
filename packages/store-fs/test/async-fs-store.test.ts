import { getEventListeners } from 'node:events'
import nodeFileSystem, { mkdirSync, readdirSync, rmSync, truncateSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { BulkStoreError, type Codec, StoreError, utf8 } from '@wt/core'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type AsyncFileSystem, AsyncFsStore, type AsyncFsStoreOptions, FsStore } from '../src/index.ts'
import { RECORD, SHARD, systemError, TEMP } from './faulty-file-system.ts'
import { recordFile, tempsIn, temporaryDirectory } from './fixtures.ts'
import { WatchedFileSystem } from './watched-file-system.ts'

let path: string
let fileSystem: WatchedFileSystem
let store: AsyncFsStore<string>

beforeEach(() => {
  path = temporaryDirectory()
  fileSystem = new WatchedFileSystem()
  store = new AsyncFsStore({ path, codec: utf8(), fileSystem })
})

afterEach(async () => {
  await store.close()
  expect(fileSystem.openNow, 'files left open').toBe(0)
  expect(tempsIn(path)).toEqual([])
})

describe('an option that is wrong is refused at once', () => {
  test.each([
    [{ path: '' }, TypeError],
    [{}, TypeError],
    [{ path: 'x', codec: {} }, TypeError],
    [{ path: 'x', durability: 'none' }, RangeError],
    [{ path: 'x', fileSystem: {} }, TypeError],
    [{ path: 'x', fileSystem: null }, TypeError],
  ])('%j', (options, error) => {
    expect(() => new AsyncFsStore(options as AsyncFsStoreOptions<unknown>)).toThrow(error)
  })

  test('node:fs, whose functions call back, is not node:fs/promises', () => {
    const options = { path, fileSystem: nodeFileSystem as unknown as AsyncFileSystem }
    expect(() => new AsyncFsStore(options)).toThrow(/AsyncFsStore: .*node:fs\/promises/)
  })
})

describe('opening', () => {
  test('waits for the first call, and loadMany of nothing is one', async () => {
    const other = join(path, 'other')
    const lazy = new AsyncFsStore({ path: other })
    expect(readdirSync(path)).toEqual([])
    await lazy.loadMany([])
    expect(readdirSync(join(other, 'v1'))).toHaveLength(16)
  })

  test('happens once for calls made together', async () => {
    await Promise.all([store.load('a'), store.load('b'), store.store('c', '1'), store.loadMany([])])
    expect(fileSystem.count('readdir', SHARD)).toBe(16)
  })

  test('that fails rejects the calls that wait for it, and the next call tries again', async () => {
    mkdirSync(join(path, 'v2'))
    await expectAllFail([store.store('a', '1'), store.load('a'), store.remove('a'), store.loadMany([])], {
      code: 'UNAVAILABLE',
      applied: 'no',
    })
    await expect(store.storeMany([['a', '1']])).rejects.toBeInstanceOf(BulkStoreError)
    await expect(keysOf(store)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    rmSync(join(path, 'v2'), { recursive: true })
    await store.store('a', '1')
    expect(await store.load('a')).toBe('1')
  })
})

test('a directory may be open in an FsStore and an AsyncFsStore at once, and each sees the other’s writes', async () => {
  const sync = new FsStore<string>({ path, codec: utf8() })
  await store.store('a', 'async')
  expect(sync.load('a')).toBe('async')
  sync.store('Ü/b', 'sync')
  expect(await store.load('Ü/b')).toBe('sync')
  expect((await keysOf(store)).sort()).toEqual([...sync.keys()].sort())
  expect(sync.remove('a')).toBe(true)
  expect(await store.remove('a')).toBe(false)
})

describe('calls for one key', () => {
  test('take effect in the order of the calls', async () => {
    const calls: Promise<unknown>[] = []
    const values = Array.from({ length: 20 }, (_, index) => `value ${index}`)
    for (const value of values) {
      calls.push(store.store('key', value), store.load('key'))
      if (value === 'value 7') calls.push(store.remove('key'), store.remove('key'))
    }
    const answers = (await Promise.all(calls)).filter((answer) => answer !== undefined)
    expect(answers).toEqual([...values.slice(0, 8), true, false, ...values.slice(8)])
  })

  test('go on after one of them has failed', async () => {
    await store.loadMany([])
    fileSystem.before = (call) => {
      if (call !== 'write') return
      fileSystem.before = () => {}
      throw systemError('ENOSPC')
    }
    const failing = store.store('key', 'one')
    const following = store.store('key', 'two')
    await expect(failing).rejects.toMatchObject({ code: 'STORE_FULL', applied: 'no', key: 'key' })
    await following
    expect(await store.load('key')).toBe('two')
  })

  test('do not wait for those for another key', async () => {
    await store.loadMany([])
    const gate = Promise.withResolvers<void>()
    const stuckIn = dirname(recordFile(path, 'stuck'))
    fileSystem.before = (call, at) => (call === 'sync' && at.startsWith(stuckIn) ? gate.promise : undefined)
    const stuck = store.store('stuck', '1')
    await store.store('free', '2')
    expect(await store.load('free')).toBe('2')
    gate.resolve()
    await stuck
  })
})

test('a value is taken as it is at the call', async () => {
  const naive: Codec<Uint8Array> = { encode: (value) => value, decode: (value) => value }
  const raw = new AsyncFsStore({ path, codec: naive })
  const value = Uint8Array.of(1, 2, 3)
  const storing = [raw.store('a', value), raw.storeMany([['b', value]])]
  value.fill(9)
  await Promise.all(storing)
  expect(await raw.load('a')).toEqual(Uint8Array.of(1, 2, 3))
  expect(await raw.load('b')).toEqual(Uint8Array.of(1, 2, 3))
})

describe('writes that are under way at once', () => {
  const many = Array.from({ length: 64 }, (_, index) => [`key-${index}`, `value ${index}`] as const)

  test('sync each file, and share the syncs of directories', async () => {
    await store.loadMany([])
    await Promise.all(many.map(([key, value]) => store.store(key, value)))
    expect(fileSystem.count('sync', TEMP)).toBe(64)
    expect(fileSystem.count('sync', SHARD)).toBeLessThan(64)
    for (const [key, value] of many) expect(await store.load(key)).toBe(value)
  })

  test('each wait for a sync of their directory that begins after their rename', async () => {
    await store.loadMany([])
    await Promise.all(
      many.map(async ([key, value]) => {
        await store.store(key, value)
        const answered = fileSystem.calls.length
        const renamed = fileSystem.calls.findIndex(
          (made) => made.call === 'rename' && made.path === recordFile(path, key),
        )
        const directory = recordFile(path, key).replace(/\/[^/]+$/, '')
        const synced = fileSystem.calls.findIndex(
          ({ call, path: at }, index) => index > renamed && call === 'sync' && at === directory,
        )
        expect(renamed).toBeGreaterThan(0)
        expect(synced).toBeGreaterThan(renamed)
        expect(synced).toBeLessThan(answered)
      }),
    )
  })

  test("sync nothing with 'process'", async () => {
    const loose = new AsyncFsStore({ path, codec: utf8(), fileSystem, durability: 'process' })
    await loose.storeMany(many)
    expect(fileSystem.count('sync', /./)).toBe(0)
  })

  test('never have more than 128 files and 32 directories open', async () => {
    fileSystem.syncs = false
    const entries = Array.from({ length: 2000 }, (_, index) => [`k${index}`, ''] as const)
    await Promise.all(entries.map(([key, value]) => store.store(key, value)))
    expect(fileSystem.openAtMost).toBeGreaterThan(64)
    expect(fileSystem.openAtMost).toBeLessThanOrEqual(128 + 32)
    fileSystem.openAtMost = 0
    await store.loadMany(entries.map(([key]) => key))
    expect(fileSystem.openAtMost).toBeLessThanOrEqual(32)
  })
})

describe('a failure', () => {
  beforeEach(async () => {
    await store.store('key', 'old')
  })

  const failAt = (call: string, at: RegExp, code: string) => {
    fileSystem.before = (made, path) => {
      if (made === call && at.test(path)) throw systemError(code)
    }
  }

  test.each([
    ['open', SHARD, 'EMFILE', 'WRITE_FAILURE', 'no'],
    ['open', TEMP, 'EACCES', 'READ_ONLY', 'no'],
    ['write', TEMP, 'ENOSPC', 'STORE_FULL', 'no'],
    ['sync', TEMP, 'EIO', 'WRITE_FAILURE', 'no'],
    ['close', TEMP, 'EDQUOT', 'STORE_FULL', 'no'],
    ['rename', RECORD, 'EACCES', 'READ_ONLY', 'no'],
    ['rename', RECORD, 'EIO', 'WRITE_FAILURE', 'unknown'],
    ['sync', SHARD, 'EIO', 'WRITE_FAILURE', 'unknown'],
  ] as const)('of a put at %s %s with %s says what it left', async (call, at, errno, code, applied) => {
    failAt(call, at, errno)
    await expect(store.store('key', 'new')).rejects.toMatchObject({ code, applied, key: 'key' })
    fileSystem.before = () => {}
    expect(await store.load('key')).toBe(call === 'sync' && at === SHARD ? 'new' : 'old')
  })

  test('of a shared sync is told to all who share it, and the next sync is another', async () => {
    failAt('sync', SHARD, 'EIO')
    await expectAllFail(
      ['a', 'g', 'a'].map((key) => store.store(key, 'new')),
      { applied: 'unknown' },
    )
    fileSystem.before = () => {}
    await store.store('a', 'newer')
    expect(await store.load('a')).toBe('newer')
  })

  test('of a read is READ_FAILURE, never a miss', async () => {
    failAt('read', RECORD, 'EIO')
    await expect(store.load('key')).rejects.toMatchObject({ code: 'READ_FAILURE', key: 'key' })
    await expect(store.loadMany(['absent', 'key'])).rejects.toMatchObject({ code: 'READ_FAILURE' })
  })

  test('of some keys of a batch leaves the others written, and each is accounted for', async () => {
    const full = dirname(recordFile(path, 'key-7'))
    fileSystem.before = (call, at) => {
      if (call === 'write' && at.startsWith(full)) throw systemError('ENOSPC')
    }
    const entries = Array.from({ length: 40 }, (_, index) => [`key-${index}`, `value ${index}`] as const)
    const error = await store.storeMany(entries).catch((reason: unknown) => reason)
    if (!BulkStoreError.is(error)) throw error
    expect(error.failures.get('key-7')).toMatchObject({ code: 'STORE_FULL', applied: 'no', key: 'key-7' })
    expect(error.failures.size + error.written.length).toBe(40)
    for (const [key, value] of entries) {
      expect(await store.load(key)).toBe(error.written.includes(key) ? value : undefined)
    }
  })
})

test.each([undefined, 7, Symbol('key')])(
  'a key that is no string rejects with a TypeError: %s',
  async (key) => {
    const wrong = key as unknown as string
    for (const call of [
      () => store.store(wrong, '1'),
      () => store.load(wrong),
      () => store.remove(wrong),
      () => store.storeMany([[wrong, '1']]),
      () => store.loadMany([wrong]),
      () => store.removeMany([wrong]),
    ]) {
      await expect(call()).rejects.toThrow(TypeError)
    }
  },
)

test('a batch with an entry that no store could hold writes nothing', async () => {
  await expect(
    store.storeMany([
      ['a', '1'],
      ['\ud800', '2'],
    ]),
  ).rejects.toMatchObject({ code: 'INVALID_KEY' })
  await expect(
    store.storeMany([
      ['a', '1'],
      ['b', undefined as never],
    ]),
  ).rejects.toThrow(TypeError)
  expect(await keysOf(store)).toEqual([])
})

describe('a signal', () => {
  const ABORTED = { code: 'ABORTED', applied: 'no' }

  test('that aborted before the call lets nothing happen', async () => {
    const signal = AbortSignal.abort()
    const calls = [
      store.store('key', '1', { signal }),
      store.load('key', { signal }),
      store.remove('key', { signal }),
      store.storeMany([['key', '1']], { signal }),
      store.loadMany(['key'], { signal }),
      store.removeMany(['key'], { signal }),
      store.keys({ signal }).next(),
    ]
    await expectAllFail(calls, ABORTED)
    expect(await keysOf(store)).toEqual([])
  })

  test('that aborts while a call waits for its turn lets it leave at once, and what comes after it goes on', async () => {
    await store.loadMany([])
    const gate = Promise.withResolvers<void>()
    fileSystem.before = (call, at) => (call === 'write' && TEMP.test(at) ? gate.promise : undefined)
    const first = store.store('key', 'first')
    const { signal, leave } = leavable()
    const waiting = [
      store.store('key', 'left', { signal }),
      store.remove('key', { signal }),
      store.load('key', { signal }),
    ]
    const last = store.load('key')
    leave()
    await expectAllFail(waiting, { ...ABORTED, key: 'key' })
    gate.resolve()
    await first
    expect(await last).toBe('first')
    await store.close()
    expect(new FsStore<string>({ path, codec: utf8() }).load('key')).toBe('first')
  })

  test('that aborts once a put has begun changes nothing: it runs to its end', async () => {
    await store.loadMany([])
    const { signal, leave } = leavable()
    fileSystem.before = (call) => {
      if (call === 'write') leave()
    }
    await store.store('key', 'value', { signal })
    expect(signal.aborted).toBe(true)
    expect(await store.load('key')).toBe('value')
  })

  test('leaves no listener behind', async () => {
    const { signal } = leavable()
    await store.store('key', 'value', { signal })
    await store.load('key', { signal })
    mkdirSync(recordFile(path, 'blocked'))
    await expect(store.store('blocked', '1', { signal })).rejects.toThrow(StoreError)
    const unopened = new AsyncFsStore({ path: recordFile(path, 'key') })
    await expect(unopened.store('never begun', '1', { signal })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    })
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })
})

describe('close', () => {
  test('waits for what is under way, and everything after it is CLOSED', async () => {
    const storing = Array.from({ length: 20 }, (_, index) => store.store(`key-${index % 5}`, `${index}`))
    await Promise.all([store.close(), store.close()])
    expect(fileSystem.count('rename', RECORD)).toBe(20)
    expect(fileSystem.openNow).toBe(0)
    const settled = await Promise.allSettled(storing)
    expect(settled.every(({ status }) => status === 'fulfilled')).toBe(true)
    for (const call of [
      () => store.store('key', '1'),
      () => store.load('key'),
      () => store.remove('key'),
      () => store.storeMany([]),
      () => store.loadMany([]),
      () => store.removeMany([]),
      () => store.verify(),
      () => keysOf(store),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'CLOSED', applied: 'no' })
    }
    expect([...new FsStore<string>({ path, codec: utf8() }).keys()]).toHaveLength(5)
  })

  test('of a store that was never used touches nothing', async () => {
    const unused = new AsyncFsStore({ path: join(path, 'unused') })
    await unused.close()
    expect(readdirSync(path)).toEqual([])
  })
})

describe('keys', () => {
  const names = Array.from({ length: 100 }, (_, index) =>
    index % 2 === 0 ? `tame-${index}` : `Wild ${index}`,
  )

  beforeEach(() => {
    new FsStore<string>({ path, codec: utf8(), durability: 'process' }).storeMany(
      names.map((key) => [key, '']),
    )
  })

  test('come once each, with nothing open between two of them, nor after an early return', async () => {
    const found: string[] = []
    for await (const key of store.keys()) {
      expect(fileSystem.openNow).toBe(0)
      found.push(key)
    }
    expect(found.sort()).toEqual([...names].sort())
    for await (const _key of store.keys()) break
    expect(fileSystem.openNow).toBe(0)
  })

  test('that cannot be read hide no other, and are told after the last', async () => {
    truncateSync(recordFile(path, 'Wild 1'), 25)
    const found: string[] = []
    const listing = async () => {
      for await (const key of store.keys()) found.push(key)
    }
    await expect(listing()).rejects.toMatchObject({
      code: 'CORRUPT',
      message: expect.stringContaining(recordFile(path, 'Wild 1')),
    })
    expect(found.sort()).toEqual(names.filter((key) => key !== 'Wild 1').sort())
  })

  test('end with CLOSED when the store is closed, and with ABORTED when their signal aborts', async () => {
    const { signal, leave } = leavable()
    const [closing, leaving] = [store.keys(), store.keys({ signal })]
    for (const listing of [closing, leaving]) expect((await listing.next()).done).toBe(false)
    leave()
    await expect(leaving.next()).rejects.toMatchObject({ code: 'ABORTED' })
    await store.close()
    await expect(closing.next()).rejects.toMatchObject({ code: 'CLOSED' })
  })
})

async function expectAllFail(calls: readonly Promise<unknown>[], owed: object): Promise<void> {
  for (const settled of await Promise.allSettled(calls)) {
    expect(settled).toMatchObject({ status: 'rejected', reason: owed })
  }
}

async function keysOf(of: AsyncFsStore<string>): Promise<string[]> {
  const keys: string[] = []
  for await (const key of of.keys()) keys.push(key)
  return keys
}

function leavable(): { readonly signal: AbortSignal; readonly leave: () => void } {
  const controller = new AbortController()
  return { signal: controller.signal, leave: () => controller.abort() }
}
