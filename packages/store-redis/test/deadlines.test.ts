import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { Deadlines } from '../src/deadlines.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function record(mostKeys?: number) {
  const told: string[] = []
  return { told, deadlines: new Deadlines((key) => void told.push(key), mostKeys) }
}

test('a key is told of when its time is up, counted from when the call began', () => {
  const { told, deadlines } = record()
  const since = performance.now()
  vi.advanceTimersByTime(40)
  deadlines.note('k', 100, since)
  vi.advanceTimersByTime(59)
  expect(told).toEqual([])
  vi.advanceTimersByTime(1)
  expect(told).toEqual(['k'])
  expect(deadlines.size).toBe(0)
})

test('of two deadlines of a key the earlier counts, whichever was noted first', () => {
  const { told, deadlines } = record()
  deadlines.note('a', 100, performance.now())
  deadlines.note('a', 50, performance.now())
  deadlines.note('b', 50, performance.now())
  deadlines.note('b', 100, performance.now())
  vi.advanceTimersByTime(50)
  expect(told).toEqual(['b', 'a'].sort())
  vi.advanceTimersByTime(1000)
  expect(told.length).toBe(2)
})

test('a forgotten key is not told of, nor any after clear', () => {
  const { told, deadlines } = record()
  for (const key of ['a', 'b', 'c']) deadlines.note(key, 100, performance.now())
  deadlines.forget('a')
  deadlines.clear()
  vi.advanceTimersByTime(1000)
  expect(told).toEqual([])
})

test('beyond so many keys the first is told of at once: nothing grows', () => {
  const { told, deadlines } = record(2)
  for (const key of ['a', 'b', 'c']) deadlines.note(key, 100, performance.now())
  expect(told).toEqual(['a'])
  expect(deadlines.size).toBe(2)
})

test('a time beyond what a timer takes is told early, not at once', () => {
  const { told, deadlines } = record()
  deadlines.note('k', 2 ** 40, performance.now())
  vi.advanceTimersByTime(1_000_000)
  expect(told).toEqual([])
})
