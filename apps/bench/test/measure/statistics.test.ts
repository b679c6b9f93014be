import { expect, test } from 'vitest'
import { isTie, noiseOf, quantile, ranksOf, spreadOf } from '../../src/measure/statistics.ts'

test('the median of an odd number of values is the middle one, of an even number the mean of the middle two', () => {
  expect(spreadOf([5, 1, 3]).median).toBe(3)
  expect(spreadOf([4, 1, 3, 2]).median).toBe(2.5)
  expect(spreadOf([7]).median).toBe(7)
})

test('the quartiles of nine values are the third and the seventh', () => {
  expect(spreadOf([9, 8, 7, 6, 5, 4, 3, 2, 1])).toEqual({
    median: 5,
    lowerQuartile: 3,
    upperQuartile: 7,
    lowest: 1,
    highest: 9,
  })
})

test('values are ordered as numbers, and the list that was given stays as it was', () => {
  const values = [10, 9, 100]
  expect(spreadOf(values).median).toBe(10)
  expect(values).toEqual([10, 9, 100])
})

test('no values have no median', () => {
  expect(() => spreadOf([])).toThrow(RangeError)
})

test('a quantile between two values is interpolated', () => {
  expect(quantile([0, 10], 0.25)).toBe(2.5)
  expect(quantile([0, 10], 1)).toBe(10)
})

test('noise is half the distance between the quartiles, of the median', () => {
  expect(noiseOf(spreadOf([1, 2, 3, 4, 5]))).toBeCloseTo(1 / 3)
})

test('two results tie when their middle halves overlap', () => {
  const slow = spreadOf([1, 2, 3, 4, 5])
  expect(isTie(slow, spreadOf([4, 4, 4]))).toBe(true)
  expect(isTie(slow, spreadOf([5, 6, 7]))).toBe(false)
  expect(isTie(spreadOf([5, 6, 7]), slow)).toBe(false)
})

test('who ties with the first of a group shares its rank, and the next rank counts them', () => {
  const spreads = [spreadOf([1, 1, 1]), spreadOf([9, 10, 11]), spreadOf([10, 11, 12])]
  expect(ranksOf(spreads)).toEqual([
    { rank: 3, shared: false },
    { rank: 1, shared: true },
    { rank: 1, shared: true },
  ])
})
