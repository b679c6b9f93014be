import { Buffer } from 'node:buffer'
import { expect, test } from 'vitest'
import { batchAt, makeDataset } from '../../src/workloads/dataset.ts'

const dataset = makeDataset({ entries: 100, valueBytes: 1024, seed: 1 })

test('every value has the size that was asked for', () => {
  for (const value of dataset.values) expect(Buffer.byteLength(value)).toBe(1024)
})

test('one thousand puts in a row write one thousand different values', () => {
  const values = new Set(Array.from({ length: 1000 }, (_, index) => dataset.valueAt(index)))
  expect(values.size).toBe(1000)
})

test('a batch has no key twice, also where it begins again with the first', () => {
  for (let index = 0; index < 10; index++) {
    expect(new Map(batchAt(dataset, index, 30)).size).toBe(30)
  }
})

test('every key that is asked for is one of the entries', () => {
  const keys = new Set([...dataset.entries()].map(([key]) => key))
  expect(keys.size).toBe(100)
  for (let index = 0; index < 1000; index++) expect(keys.has(dataset.keyAt(index))).toBe(true)
})
