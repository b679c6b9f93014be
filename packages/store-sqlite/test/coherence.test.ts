import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WriteThroughCache } from '@wt/core'
import { SqliteStore } from '@wt/store-sqlite'
import { afterEach, beforeEach, expect, test } from 'vitest'

let directory: string

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'store-sqlite-'))
})

afterEach(() => {
  rmSync(directory, { recursive: true, force: true })
})

test('a cache with coherence revision sees another connection’s change at its next get', () => {
  const path = join(directory, 'shared.db')
  const cacheOver = () =>
    new WriteThroughCache(new SqliteStore<number>({ path, durability: 'process' }), {
      capacity: 10,
      coherence: 'revision',
    })
  const one = cacheOver()
  const other = cacheOver()
  one.put('a', 1)
  expect(other.get('a')).toBe(1)
  one.put('a', 2)
  expect(other.get('a')).toBe(2)
  other.invalidate('a')
  expect(one.get('a')).toBeUndefined()
  other.put('a', 3)
  expect(one.get('a')).toBe(3)
  one.resetStats()
  one.get('a')
  expect(one.stats()).toMatchObject({ cacheHits: 1, backingStoreHits: 0 })
  one.close()
  other.close()
})
