import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type AsyncBackingStore, BulkStoreError, StoreError, utf8 } from '@wt/core'
import { describe, expect, test } from 'vitest'
import { AsyncFsStore, FsStore } from '../src/index.ts'
import { tempsIn } from './fixtures.ts'
import { canMount, mountSmallDisk } from './small-disk.ts'

type Store = AsyncBackingStore<string, string>

const stores: [name: string, open: (path: string) => Store][] = [
  ['FsStore', (path) => new FsStore(settings(path))],
  ['AsyncFsStore', (path) => new AsyncFsStore(settings(path))],
]

const settings = (path: string) => ({ path, codec: utf8() })
const someValue = (number: number) => `${number} `.repeat(4000).slice(0, 8000)

// Skipped, and shown so, where no file system can be mounted.
describe.skipIf(!canMount()).each(stores)('%s on a disk that is really full', (_, open) => {
  test("says STORE_FULL, applied 'no', loses nothing, leaves no temporary file, and goes on when there is room", async () => {
    const disk = mountSmallDisk(1024)
    const ballast = join(disk, 'ballast')
    writeFileSync(ballast, Buffer.alloc(300 * 1024))
    const path = join(disk, 'store')
    const store = open(path)
    const stored = await fill(store)
    expect(stored).toBeGreaterThan(20)

    expect(await failureOf(() => store.store('key 3', someValue(9999)))).toMatchObject({
      ...{ code: 'STORE_FULL', applied: 'no', key: 'key 3' },
    })
    for (let number = 0; number < stored; number++) {
      expect(await store.load(`key ${number}`)).toBe(someValue(number))
    }
    expect(await store.load(`key ${stored}`)).toBeUndefined()
    expect(tempsIn(path)).toEqual([])

    rmSync(ballast)
    await store.store('key 3', someValue(9999))
    await store.store(`key ${stored}`, someValue(stored))
    const again = open(path)
    expect(await again.load('key 3')).toBe(someValue(9999))
    expect(await again.load(`key ${stored}`)).toBe(someValue(stored))
  })

  test('a remove makes room on it', async () => {
    const store = open(join(mountSmallDisk(512), 'store'))
    const stored = await fill(store)
    expect(await store.remove('key 0')).toBe(true)
    expect(await store.remove('key 1')).toBe(true)
    await store.store(`key ${stored}`, someValue(stored))
    expect(await store.load(`key ${stored}`)).toBe(someValue(stored))
  })

  test('a batch tells which entries found no room, and those are as they were', async () => {
    const store = open(join(mountSmallDisk(512), 'store'))
    const entries = Array.from({ length: 100 }, (_, number) => [`key ${number}`, someValue(number)] as const)
    const error = await Promise.resolve()
      .then(() => store.storeMany!(entries))
      .then(
        () => undefined,
        (thrown: unknown) => thrown,
      )
    expect(BulkStoreError.is(error)).toBe(true)
    const { written, failures } = error as BulkStoreError<string>
    expect(written.length).toBeGreaterThan(10)
    expect(failures.size).toBeGreaterThan(10)
    expect(written.length + failures.size).toBe(100)
    for (const [number, [key, value]] of entries.entries()) {
      expect(await store.load(key), `entry ${number}`).toBe(written.includes(key) ? value : undefined)
      if (!written.includes(key))
        expect(failures.get(key)).toMatchObject({ code: 'STORE_FULL', applied: 'no' })
    }
  })
})

/** Stores until there is no room; how many it took. */
async function fill(store: Store): Promise<number> {
  for (let number = 0; number < 10_000; number++) {
    try {
      await store.store(`key ${number}`, someValue(number))
    } catch (error) {
      // What the disk is filled for.
      expect(error).toMatchObject({ code: 'STORE_FULL', applied: 'no', key: `key ${number}` })
      return number
    }
  }
  throw new Error('the disk does not fill')
}

async function failureOf(call: () => unknown): Promise<StoreError> {
  try {
    await call()
  } catch (error) {
    if (StoreError.is(error)) return error
    throw error
  }
  throw new Error('it did not fail')
}
