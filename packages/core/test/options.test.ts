import { expect, test } from 'vitest'
import { AsyncWriteThroughCache, WriteThroughCache } from '../src/index.ts'
import { MapStore } from './fixtures.ts'
import { optionsTable } from './options-table.ts'

test('the page on which options go together says what the caches do (vitest -u writes it anew)', async () => {
  await expect(optionsTable()).toMatchFileSnapshot('../../../docs/options.md')
})

test.each([
  [{ maxWeight: 0, weigh: (): number => 1 }, RangeError, 'maxWeight: an integer from 1'],
  [{ maxWeight: 1.5, weigh: (): number => 1 }, RangeError, 'maxWeight: an integer from 1'],
  [{ maxWeight: 5 }, TypeError, 'maxWeight: needs weigh'],
  [{ weigh: (): number => 1 }, TypeError, 'weigh: needs maxWeight'],
  [{ maxWeight: 5, weigh: 1 }, TypeError, 'weigh: a function'],
  [{ clock: () => 1 }, TypeError, 'clock: needs maxAgeMs or negativeMaxAgeMs'],
  [{ clock: 1, maxAgeMs: 1 }, TypeError, 'clock: a function'],
  [{ maxAgeMs: 0 }, RangeError, 'maxAgeMs: a number above 0'],
  [{ negativeMaxAgeMs: Number.POSITIVE_INFINITY }, RangeError, 'leave it out'],
  [{ isolate: 'yes' }, TypeError, 'isolate: a function'],
  [{ ttl: 5 }, TypeError, 'there is no option ttl; there are capacity, maxWeight'],
])('%o is refused: %o', (options, Kind, sentence) => {
  for (const Cache of [WriteThroughCache, AsyncWriteThroughCache]) {
    const make = () => new Cache(new MapStore(), { capacity: 1, ...(options as object) })
    expect(make).toThrow(Kind)
    expect(make).toThrow(sentence)
  }
})

test('an option that is undefined is as if it were not there', () => {
  const options = {
    maxAgeMs: undefined,
    weigh: undefined,
    maxWeight: undefined,
    clock: undefined,
    isolate: undefined,
  }
  expect(() => new WriteThroughCache(new MapStore(), { capacity: 1, ...(options as object) })).not.toThrow()
})
