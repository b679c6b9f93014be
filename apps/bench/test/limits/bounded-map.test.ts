import { expect, test } from 'vitest'
import { BoundedMap } from '../../src/limits/bounded-map.ts'

test('the first in is the first out, also after an update and round the ring', () => {
  const map = new BoundedMap<string, number>(2)
  map.set('a', 1)
  map.set('b', 2)
  map.set('a', 3)
  map.set('c', 4)
  expect(['a', 'b', 'c'].map((key) => map.get(key))).toEqual([undefined, 2, 4])
  map.set('d', 5)
  map.set('e', 6)
  expect(['c', 'd', 'e'].map((key) => map.get(key))).toEqual([undefined, 5, 6])
})
