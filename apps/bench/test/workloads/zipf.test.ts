import { expect, test } from 'vitest'
import { seededRandom, shuffle } from '../../src/workloads/random.ts'
import { uniform, zipf } from '../../src/workloads/zipf.ts'

const SEED = 20_261
const draw = (seed: number): Uint32Array => zipf(1000, 100_000, seededRandom(seed))

test('the same seed draws the same requests, another seed others', () => {
  expect(draw(SEED)).toEqual(draw(SEED))
  expect(draw(SEED)).not.toEqual(draw(SEED + 1))
})

test('the item of rank r is asked for in proportion to 1 / r^0.99', () => {
  const counts = new Array<number>(1000).fill(0)
  for (const item of draw(SEED)) counts[item]!++
  const sorted = counts.sort((a, b) => b - a)
  let total = 0
  for (let rank = 1; rank <= 1000; rank++) total += rank ** -0.99
  for (const rank of [1, 2, 5, 10]) {
    const expected = (100_000 * rank ** -0.99) / total
    // Within five standard deviations, whatever the seed.
    expect(Math.abs(sorted[rank - 1]! - expected), `seed ${SEED}, rank ${rank}`).toBeLessThan(
      5 * Math.sqrt(expected),
    )
  }
})

test('which item is popular does not follow from its number', () => {
  const counts = new Array<number>(1000).fill(0)
  for (const item of draw(SEED)) counts[item]!++
  const top = counts.map((count, item) => ({ count, item })).sort((a, b) => b.count - a.count)
  expect(
    top.slice(0, 5).map(({ item }) => item),
    `seed ${SEED}`,
  ).not.toEqual([0, 1, 2, 3, 4])
})

test('uniform requests ask for every item about as often', () => {
  const counts = new Array<number>(10).fill(0)
  for (const item of uniform(10, 100_000, seededRandom(SEED))) counts[item]!++
  for (const count of counts) expect(Math.abs(count - 10_000), `seed ${SEED}`).toBeLessThan(500)
})

test('a shuffle keeps every item', () => {
  const items = Array.from({ length: 100 }, (_, index) => index)
  const shuffled = shuffle([...items], seededRandom(SEED))
  expect(shuffled).not.toEqual(items)
  expect(shuffled.sort((a, b) => a - b)).toEqual(items)
})
