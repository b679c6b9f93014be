import { expect, test } from 'vitest'
import { adaptive, fifo, lru, REFUSED, s3Fifo, sieve, wTinyLfu } from '../../src/index.ts'
import { randomNumbers } from './random.ts'

/** Entries of many weights: one newcomer may push out several, and how many fit changes all the time. */
test.each(Object.entries({ fifo, lru, sieve, s3Fifo, wTinyLfu, adaptive }))(
  '%s makes room for a heavy newcomer, one eviction after the other',
  (_name, policy) => {
    const random = randomNumbers(7)
    const mostWeight = 2000
    const keys = new Map<number, number>()
    const weights = new Map<number, number>()
    const free: number[] = []
    const books = policy().create<number>({ capacity: 2 ** 23, keyAt: (slot) => keys.get(slot)! })
    let weight = 0
    const forget = (slot: number): void => {
      expect(keys.has(slot)).toBe(true)
      weight -= weights.get(slot)!
      weights.delete(slot)
      keys.delete(slot)
      free.push(slot)
    }
    for (let step = 0; step < 6000; step++) {
      const key = random(800)
      const [slot] = [...keys].find(([, each]) => each === key) ?? []
      if (slot !== undefined && random(10) > 0) {
        books.hit?.(slot)
        continue
      }
      if (slot !== undefined) {
        books.remove(slot)
        forget(slot)
      }
      const newcomer = random(100) === 0 ? mostWeight : 1 + random(20)
      let isRefused = false
      while (weight + newcomer > mostWeight && !isRefused) {
        const gone = books.evict(key)
        if (gone === REFUSED) isRefused = true
        else forget(gone)
      }
      if (!isRefused) {
        const chosen = free.pop() ?? keys.size
        keys.set(chosen, key)
        weights.set(chosen, newcomer)
        weight += newcomer
        books.insert(chosen)
      }
      if (step % 20 === 0) books.assertInvariants?.(keys.size)
    }
    books.assertInvariants?.(keys.size)
  },
)
