import { expect, test } from 'vitest'
import { Generations } from '../../src/coordination/generations.ts'

test('a key that is written while nothing is under way costs nothing, also after something was', () => {
  const generations = new Generations<string>()
  const began = generations.begin()
  generations.move('a')
  expect(generations.held('a', began)).toBe(false)
  expect(generations.held('b', began)).toBe(true)
  generations.end()
  generations.assertInvariants()
  const later = generations.begin()
  generations.end()
  generations.move('b')
  expect(generations.begin()).toBe(later)
  generations.end()
})
