import { expect, test } from 'vitest'
import { Latencies, latenciesOf } from '../../src/measure/latencies.ts'

test('without a pause a latency is the service time', () => {
  expect([...latenciesOf(Float64Array.of(1, 1, 1, 1))]).toEqual([1, 1, 1, 1])
})

test('who comes during a pause waits for what is left of it', () => {
  // 20 ms for four operations: the callers come every 10 ms. The second comes 10 ms into 17 ms of work.
  expect([...latenciesOf(Float64Array.of(17, 1, 1, 1))]).toEqual([17, 8, 1, 1])
})

test('callers of something very fast come every 10 µs, no faster', () => {
  const latencies = latenciesOf(Float64Array.of(0.025, 0.001, 0.001, ...new Array<number>(17).fill(0.001)))
  expect([...latencies.subarray(0, 4)].map((ms) => Math.round(ms * 1e6))).toEqual([
    25_000, 16_000, 7_000, 1_000,
  ])
})

test('percentiles are in milliseconds, and exact to a thousandth', () => {
  const latencies = new Latencies()
  latencies.record(Float64Array.from({ length: 1000 }, (_, index) => (index < 980 ? 2 : 3)))
  const { p50, p99, p999 } = latencies.summary()
  expect(latencies.count).toBe(1000)
  expect(Math.abs(p50 - 2)).toBeLessThan(0.002)
  expect(Math.abs(p99 - 3)).toBeLessThan(0.003)
  expect(Math.abs(p999 - 3)).toBeLessThan(0.003)
})

test('nothing recorded is zero', () => {
  expect(new Latencies().summary()).toEqual({ p50: 0, p99: 0, p999: 0 })
})
