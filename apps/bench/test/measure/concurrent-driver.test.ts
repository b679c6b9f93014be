import { expect, test } from 'vitest'
import { ConcurrentDriver } from '../../src/measure/concurrent-driver.ts'

/** Answers in the next turn; `block` is done first. */
function contenderOf(callers: number, block: () => void = () => {}) {
  const seen: number[] = []
  let atOnce = 0
  let most = 0
  return {
    seen,
    callers,
    get most() {
      return most
    },
    async operation(index: number) {
      seen.push(index)
      most = Math.max(most, ++atOnce)
      block()
      await new Promise((resolve) => setImmediate(resolve))
      atOnce--
    },
    close: async () => void seen.push(-1),
  }
}

test('as many callers are at it at once as there are, and operations are numbered without a gap', async () => {
  const contender = contenderOf(4)
  const driver = new ConcurrentDriver(contender)
  await driver.warmUp(1, 10)
  expect((await driver.round()).operations).toBe(10)
  expect(contender.most).toBe(4)
  expect(contender.seen).toEqual(Array.from({ length: 20 }, (_, index) => index))
})

test('each operation of a round is one latency; the contender is closed at the end', async () => {
  const contender = contenderOf(4)
  const driver = new ConcurrentDriver(contender)
  await driver.warmUp(1, 10)
  await driver.round()
  await driver.round()
  const { samples, latencyMs } = await driver.finish()
  expect(samples).toBe(20)
  expect(latencyMs.p50).toBeGreaterThan(0)
  expect(contender.seen.at(-1)).toBe(-1)
})

test('without a number of operations a round has at least one of each caller', async () => {
  const driver = new ConcurrentDriver(contenderOf(8))
  await driver.warmUp(0.001)
  expect((await driver.round()).operations).toBeGreaterThanOrEqual(8)
})

test('who blocks the thread is seen in the delay of the event loop', async () => {
  const block = () => {
    const until = performance.now() + 20
    while (performance.now() < until);
  }
  const driver = new ConcurrentDriver(contenderOf(1, block))
  await driver.warmUp(1, 3)
  await driver.round()
  const { facts } = await driver.finish()
  expect(facts.eventLoopDelayMs).toBeGreaterThan(10)
})

test('an operation that fails fails the measurement', async () => {
  const fault = new Error('no answer')
  const driver = new ConcurrentDriver({
    ...{ callers: 2, operation: () => Promise.reject(fault) },
    close: async () => {},
  })
  await expect(driver.warmUp(1, 4)).rejects.toBe(fault)
})
