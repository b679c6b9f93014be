import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fsLiteDriver from 'unstorage/drivers/fs-lite'
import memoryDriver from 'unstorage/drivers/memory'
import { createStorage } from 'unstorage'
import { expect, onTestFinished, test } from 'vitest'
import { UnstorageStore } from '../src/index.ts'

test('what is no driver is a TypeError, and a Storage is told from its driver', () => {
  for (const driver of [undefined, null, {}, { getItem() {}, getKeys() {} }]) {
    expect(() => new UnstorageStore({ driver: driver as never })).toThrow(TypeError)
  }
  const storage = createStorage({ driver: memoryDriver() })
  expect(() => new UnstorageStore({ driver: storage as never })).toThrow('hand over the driver')
})

test('keys that the driver takes for paths stay apart, and within its directory', async () => {
  const base = mkdtempSync(join(tmpdir(), 'wt-unstorage-'))
  onTestFinished(() => rmSync(base, { recursive: true }))
  const store = new UnstorageStore<string>({ driver: fsLiteDriver({ base: join(base, 'inside') }) })
  const keys = [
    'foo',
    'foo:bar',
    'foo/bar',
    '../escaped',
    '..',
    'A',
    'a',
    '1',
    'k?q=1',
    'k?q=2',
    'x'.repeat(5000),
  ]
  for (const key of keys) await store.store(key, key)
  for (const key of keys) expect(await store.load(key)).toBe(key)
  expect(readdirSync(base)).toEqual(['inside'])
})
