import { check, checkAbsent, checkSame, failureOf, isTypeError } from '../check.ts'
import { StoreError } from '@wt/core'
import { display } from '../history.ts'
import type { TopicCase } from '../topic.ts'
import { manyEntries } from './batch-reads.ts'
import { checkForeign } from './foreign-values.ts'

/** Taken for each other by whoever trims, cuts, normalizes, or ignores case. */
const KEYS: readonly string[] = ['', ' ', 'a', 'A', 'a ', 'a/b', 'a:b', '1', '01', '\u00e9', 'e\u0301']

/** The cases in which batches have to do what single calls do. */
export const asSingleCases: readonly TopicCase[] = [
  {
    id: 'same-keys-as-single-calls',
    title: 'batches mean the same keys as single calls do, also those that are easily taken for each other',
    why: 'What the bulk path stores under a trimmed or cleaned key no single call ever finds again.',
    needs: ['batch'],
    entries: KEYS.length,
    async run({ open, values }) {
      const store = await open()
      await store.storeMany(KEYS.map((key, number) => [key, values.numbered(number)]))
      for (const [number, key] of KEYS.entries()) {
        checkSame(
          await store.load(key),
          values.numbered(number),
          `load of ${display(key)}, stored in a batch`,
        )
      }
      for (const [number, key] of KEYS.entries()) await store.store(key, values.numbered(100 + number))
      if (typeof store.raw.loadMany === 'function') {
        const found = await store.loadMany(KEYS)
        checkSame([...found.keys()].sort(), [...KEYS].sort(), 'the keys that loadMany found')
        for (const [number, key] of KEYS.entries())
          checkSame(found.get(key), values.numbered(100 + number), `what loadMany found for ${display(key)}`)
      }
      if (typeof store.raw.removeMany !== 'function') return
      const [removed, kept] = [KEYS.slice(0, 5), KEYS.slice(5)]
      checkSame(await store.removeMany([...removed, 'E\u0301', '2']), 5, 'how many keys removeMany found')
      for (const key of removed)
        checkAbsent(await store.load(key), `load of ${display(key)} after removeMany`)
      for (const [index, key] of kept.entries())
        checkSame(await store.load(key), values.numbered(105 + index), `load of ${display(key)}, not removed`)
    },
  },
  {
    id: 'same-values-as-single-calls',
    title: 'a value comes back the same from storeMany and loadMany as from store and load',
    why: 'A bulk path with an encoding of its own changes what it moves, and only there.',
    needs: ['batch'],
    async run({ open, values }) {
      const store = await open()
      for (const { name, value } of [...values.delicate(), ...values.falsy()]) {
        await store.storeMany([['key', value]])
        checkSame(await store.load('key'), value, `load of ${name}, stored in a batch`)
        if (typeof store.raw.loadMany !== 'function') continue
        checkSame((await store.loadMany(['key'])).get('key'), value, `what loadMany found, ${name}`)
      }
    },
  },
  {
    id: 'foreign',
    title: 'a batch refuses a value that the store cannot hold, or gives it back exactly',
    why: 'An import that changes dates into strings changes them all.',
    needs: ['batch'],
    run: (context) =>
      checkForeign(context, 'storeMany', (store, key, value) => store.storeMany([[key, value]])),
  },
  {
    id: 'refuses-late',
    title: 'an atomic batch with more than a thousand entries, of which the last is refused, stores none',
    why: 'A batch written in parts is all or nothing until it is longer than one of them.',
    needs: ['batch'],
    entries: 1101,
    async run({ open, values, target, skip }) {
      if (target.capabilities.batch !== 'atomic') skip(`${target.name} does not claim batch 'atomic'`)
      const store = await open()
      const entries = manyEntries(values)
      await store.store('key 0', values.numbered(-1))
      const call = () => store.storeMany([...entries, ['refused', undefined]])
      const error = await failureOf(call, 'a batch whose last entry is undefined is refused')
      const isTold = isTypeError(error) || (StoreError.is(error) && error.applied === 'no')
      check(isTold, `a refused batch is a TypeError or applied 'no', got ${display(error)}`)
      checkSame(await store.load('key 0'), values.numbered(-1), 'load of what was there before the batch')
      for (const [key] of [entries[1]!, entries[99]!, entries[500]!, entries[1000]!])
        checkAbsent(await store.load(key), `load of ${key} of a batch that was refused`)
    },
  },
]
