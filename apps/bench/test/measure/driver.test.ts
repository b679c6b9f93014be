import { expect, test } from 'vitest'
import { Driver } from '../../src/measure/driver.ts'

function recorder(operationsPerRound?: number) {
  const seen: number[] = []
  let rounds = 0
  return {
    seen,
    get rounds() {
      return rounds
    },
    operation(index: number) {
      seen.push(index)
    },
    beforeRound() {
      rounds++
    },
    facts: () => ({ hitRatio: 0.5 }),
    close() {
      seen.push(-1)
    },
    ...(operationsPerRound !== undefined && { operationsPerRound }),
  }
}

test('operations are numbered without a gap or a repetition, over all rounds', () => {
  const contender = recorder()
  const driver = new Driver(contender)
  driver.warmUp(1, 7)
  driver.round()
  driver.round()
  expect(contender.seen).toEqual(contender.seen.map((_, index) => index))
})

test('a round is as many operations as was asked for', () => {
  const driver = new Driver(recorder())
  driver.warmUp(1, 7)
  expect(driver.round().operations).toBe(7)
})

test('a contender that knows the length of its rounds is asked for whole rounds alone', () => {
  const contender = recorder(5)
  const driver = new Driver(contender)
  driver.warmUp(1, 7)
  expect(driver.round().operations).toBe(5)
  expect(contender.seen.length).toBe(5 * contender.rounds)
})

test('at the end the facts are told, the latencies counted, and the contender closed', () => {
  const contender = recorder()
  const driver = new Driver(contender)
  driver.warmUp(1, 7)
  driver.round()
  const { samples, facts } = driver.finish()
  expect(samples).toBe(7)
  expect(facts).toEqual({ hitRatio: 0.5 })
  expect(contender.seen.at(-1)).toBe(-1)
})
