import { expect, test } from 'vitest'
import { STORE_NAMES } from '../../src/workloads/open-store.ts'
import {
  type Comparison,
  type StoreSettings,
  storeComparisons,
} from '../../src/workloads/store-comparisons.ts'
import { writersComparison } from '../../src/workloads/writers-comparison.ts'

const settings: StoreSettings = {
  ...{ stores: STORE_NAMES, directory: 'anywhere', entries: 10, valueBytes: 8, seed: 1 },
  ...{ capacity: 1, policy: 'fifo', batch: 5 },
}
const comparisons: readonly Comparison[] = [...storeComparisons(settings), ...writersComparison(settings)]

test('puts that are compared with each other survive the same', () => {
  const puts = comparisons.filter(({ title }) => title.includes('put'))
  expect(puts.length).toBe(6)
  for (const { entrants } of puts) {
    expect(new Set(entrants.map(({ durability }) => durability)).size).toBe(1)
  }
})

test('every store is measured with its limit in the same comparison', () => {
  for (const { entrants } of comparisons) {
    for (const { store, limit } of entrants) {
      if (store !== undefined) expect(entrants.map(({ name }) => name)).toContain(limit)
    }
  }
})

test('no two entrants of one comparison have the same name or, on a disk, the same directory', () => {
  for (const { entrants } of comparisons) {
    expect(new Set(entrants.map(({ name }) => name)).size).toBe(entrants.length)
    const directories = entrants.map(({ spec }) => (spec.options as { directory: string }).directory)
    expect(new Set(directories).size).toBe(entrants.length)
  }
})

test('writers are not compared where nothing is durable', () => {
  expect(writersComparison({ ...settings, stores: ['memory'] })).toEqual([])
})
