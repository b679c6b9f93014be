import { BulkStoreError, StoreError } from '@wt/core'
import type { Case } from '../case.ts'
import { check, checkAbsent, checkSame, failureOf, isTypeError } from '../check.ts'
import { display } from '../history.ts'
import { checkOutcome } from '../batch-outcome.ts'
import { defineTopic } from '../topic.ts'
import { asSingleCases } from './batch-as-single.ts'
import { loadManyCases, manyEntries, removeManyCases } from './batch-reads.ts'
import { largeBatchCases } from './large-batches.ts'

export const batch: readonly Case[] = defineTopic('batch', [
  {
    id: 'stores-all',
    title: 'storeMany stores every entry',
    why: 'An import that loses entries and reports success is found when they are needed.',
    needs: ['batch'],
    entries: 30,
    async run({ open, values }) {
      const store = await open()
      await store.storeMany(
        Array.from({ length: 30 }, (_, number) => [`key ${number}`, values.numbered(number)]),
      )
      for (let number = 0; number < 30; number++) {
        checkSame(await store.load(`key ${number}`), values.numbered(number), `load of entry ${number} of 30`)
      }
    },
  },
  {
    id: 'stores-thousands',
    title: 'storeMany stores more than a thousand entries at once',
    why: 'SQL has limits on parameters and packets: what is beyond is lost or fails.',
    needs: ['batch'],
    entries: 1100,
    async run({ open, values, forgetHistory }) {
      const store = await open()
      const entries = manyEntries(values)
      await store.storeMany(entries)
      for (const [key, value] of entries) {
        forgetHistory()
        checkSame(await store.load(key), value, `load of ${key} of ${entries.length} stored at once`)
      }
    },
  },
  {
    id: 'last-wins',
    title: 'of entries with the same key the last wins',
    why: 'The order within a batch is the order of the events; the older one must not win.',
    needs: ['batch'],
    async run({ open, values }) {
      const store = await open()
      await store.storeMany([
        ['key', values.numbered(1)],
        ['other', values.numbered(2)],
        ['key', values.numbered(3)],
      ])
      checkSame(await store.load('key'), values.numbered(3), 'load of a key that is twice in a batch')
    },
  },
  {
    id: 'overwrites',
    title: 'storeMany takes the place of what was there, and leaves the rest',
    why: 'An import that only inserts leaves the old values, and says that it is done.',
    needs: ['batch'],
    entries: 3,
    async run({ open, values }) {
      const store = await open()
      await store.store('kept', values.numbered(1))
      await store.store('key', values.numbered(2))
      await store.storeMany([
        ['key', values.numbered(3)],
        ['new', values.numbered(4)],
      ])
      checkSame(await store.load('key'), values.numbered(3), 'load of a key that a batch overwrote')
      checkSame(await store.load('kept'), values.numbered(1), 'load of a key that no batch named')
    },
  },
  {
    id: 'empty',
    title: 'an empty batch is fine and changes nothing',
    why: "An import of nothing is every day's case, and must not fail or clear the store.",
    needs: ['batch'],
    async run({ open, values }) {
      const store = await open()
      await store.store('key', values.numbered(1))
      await store.storeMany([])
      checkSame(await store.load('key'), values.numbered(1), 'load after an empty batch')
    },
  },
  {
    id: 'any-iterable',
    title: 'storeMany takes any iterable, and goes through it once',
    why: 'A generator that is gone through twice is empty the second time: nothing is stored.',
    needs: ['batch'],
    async run({ open, values }) {
      const store = await open()
      function* entries(): Generator<[string, unknown]> {
        yield ['one', values.numbered(1)]
        yield ['two', values.numbered(2)]
      }
      await store.storeMany(entries())
      checkSame(await store.load('one'), values.numbered(1), 'load of the first entry of a generator')
      checkSame(await store.load('two'), values.numbered(2), 'load of the last entry of a generator')
      await store.storeMany(new Map([['one', values.numbered(3)]]))
      checkSame(await store.load('one'), values.numbered(3), 'load of an entry of a Map')
    },
  },
  {
    id: 'refuses-undefined',
    title: 'a batch with an entry that is refused stores nothing, or accounts for each key',
    why: 'One bad entry must not leave a half-done batch that nobody can account for.',
    needs: ['batch'],
    entries: 3,
    async run({ open, values, target }) {
      const store = await open()
      await store.store('first', values.numbered(1))
      const entries: [string, unknown][] = [
        ['first', values.numbered(2)],
        ['refused', undefined],
        ['last', values.numbered(3)],
      ]
      const error = await failureOf(() => store.storeMany(entries), 'a batch with undefined is refused')
      if (BulkStoreError.is(error)) {
        check(
          target.capabilities.batch === 'perKey',
          'a batch claimed as atomic is all or nothing, got a BulkStoreError',
        )
        check(error.failures.has('refused'), 'failures names the key that was refused')
      } else {
        const isRefusal = isTypeError(error) || (StoreError.is(error) && error.applied === 'no')
        check(
          isRefusal,
          `a refused batch is a TypeError, a BulkStoreError or applied 'no', got ${display(error)}`,
        )
      }
      await checkOutcome(store, error, 'first', values.numbered(1), values.numbered(2))
      await checkOutcome(store, error, 'last', undefined, values.numbered(3))
      checkAbsent(await store.load('refused'), 'load of the key that was refused')
    },
  },
  {
    id: 'fails-with-its-iterable',
    title: 'a batch whose iterable throws half-way stores nothing',
    why: 'A source that breaks in the middle leaves half of the data, as if it were all.',
    needs: ['batch'],
    async run({ open, values, target, skip }) {
      if (target.capabilities.batch !== 'atomic') skip(`${target.name} does not claim batch 'atomic'`)
      const store = await open()
      const fault = new Error('no more')
      function* entries(): Generator<[string, unknown]> {
        yield ['key', values.numbered(1)]
        throw fault
      }
      await failureOf(() => store.storeMany(entries()), 'a batch whose iterable throws fails')
      checkAbsent(await store.load('key'), 'load of the entry that was given before the iterable threw')
      await store.storeMany([['key', values.numbered(2)]])
      checkSame(await store.load('key'), values.numbered(2), 'load after the next batch')
    },
  },
  {
    id: 'keeps-order',
    title: 'a batch and single calls that do not wait for each other take effect in their order',
    why: 'A batch that overtakes a single write undoes it.',
    needs: ['batch'],
    async run({ open, values }) {
      const store = await open()
      await Promise.all([
        store.store('key', values.numbered(1)),
        store.storeMany([['key', values.numbered(2)]]),
      ])
      checkSame(await store.load('key'), values.numbered(2), 'load after a store and a batch at once')
      await Promise.all([
        store.storeMany([['key', values.numbered(3)]]),
        store.store('key', values.numbered(4)),
      ])
      checkSame(await store.load('key'), values.numbered(4), 'load after a batch and a store at once')
    },
  },
  {
    id: 'survives',
    title: 'a batch is there after a reopen',
    why: 'A bulk path with a durability of its own loses at the restart what was acknowledged.',
    needs: ['batch', 'persistent'],
    async run({ open, reopen, values }) {
      const store = await open()
      await store.storeMany([
        ['one', values.numbered(1)],
        ['two', values.numbered(2)],
      ])
      const again = await reopen(store)
      checkSame(await again.load('one'), values.numbered(1), 'load of a batch after a reopen')
      checkSame(await again.load('two'), values.numbered(2), 'load of a batch after a reopen')
    },
  },
  ...asSingleCases,
  ...loadManyCases,
  ...removeManyCases,
  ...largeBatchCases,
])
