import { expect, test } from 'vitest'
import { adaptive, type EvictionPolicy, fifo, lru, s3Fifo, sieve, wTinyLfu } from '../../src/index.ts'
import { randomNumbers } from './random.ts'
import { WeighingTable } from './weighing-table.ts'

test.each(Object.entries({ fifo, lru, sieve, s3Fifo, wTinyLfu, adaptive }))(
  '%s makes room for a heavy newcomer, one eviction after the other',
  (_name, policy) => {
    const random = randomNumbers(7)
    const table = new WeighingTable(policy(), 2000)
    for (let step = 0; step < 6000; step++) {
      const key = random(800)
      const slot = table.slotOf(key)
      if (slot !== undefined && random(10) === 0) table.remove(slot)
      else table.request(key, random(100) === 0 ? table.mostWeight : 1 + random(20))
      if (step % 20 === 0) table.books.assertInvariants?.(table.size)
    }
    table.books.assertInvariants?.(table.size)
  },
)

test('adaptive finds what suits also when few fit where there were many', () => {
  const hitsUnder = (policy: EvictionPolicy): number => {
    const random = randomNumbers(7)
    const table = new WeighingTable(policy, 3000)
    for (let key = 0; key < 3000; key++) table.request(1_000_000 + key)
    let hits = 0
    for (let time = 0; time < 8000; time++) {
      // What was new a moment ago, and soon no more: recency alone counts.
      const age = Math.floor(100 ** (random(1000) / 1000))
      if (table.request(Math.floor(time / 8) - age, 250)) hits++
    }
    expect(table.size).toBe(12)
    return hits
  }
  expect(hitsUnder(wTinyLfu())).toBeLessThan(hitsUnder(lru()) - 800)
  // Within half a point of all requests.
  expect(hitsUnder(adaptive())).toBeGreaterThan(hitsUnder(lru()) - 40)
})
