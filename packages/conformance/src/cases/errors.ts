import { BulkStoreError, StoreError } from '@wt/core'
import { checkOutcome } from '../batch-outcome.ts'
import type { Case, Context } from '../case.ts'
import { check, checkAbsent, checkFails, checkSame, failureOf } from '../check.ts'
import { display } from '../history.ts'
import type { StoreUnderTest } from '../store-under-test.ts'
import { defineTopic } from '../topic.ts'

/** A bound beyond this is not filled: it would take too long. */
const MOST_ENTRIES = 1000

export const errors: readonly Case[] = defineTopic('errors', [
  {
    id: 'full',
    title: 'a new key beyond maxEntries is STORE_FULL, with applied no and the key',
    why: 'Without the code nobody can tell a full store from a broken one, nor which write was refused.',
    needs: ['maxEntries'],
    async run(context) {
      const store = await openFull(context)
      const owed = { code: 'STORE_FULL', applied: 'no', key: 'beyond' } as const
      await checkFails(
        () => store.store('beyond', context.values.numbered(-1)),
        owed,
        'store beyond maxEntries',
      )
    },
  },
  {
    id: 'full-leaves-no-trace',
    title: 'a store that was refused as STORE_FULL left no trace',
    why: 'A write that was refused and is there nevertheless makes the error a lie.',
    needs: ['maxEntries'],
    async run(context) {
      const { values, target } = context
      const store = await openFull(context)
      await failureOf(
        () => store.store('beyond', values.numbered(-1)),
        'store beyond maxEntries is STORE_FULL',
      )
      checkAbsent(await store.load('beyond'), 'load of the key that was refused')
      for (const [number, key] of filling(context).entries()) {
        checkSame(await store.load(key), values.numbered(number), `load of ${key}, stored before the refusal`)
      }
      if (target.capabilities.keys) checkSame(await store.keys(), filling(context).sort(), 'keys')
    },
  },
  {
    id: 'full-overwrites',
    title: 'a full store still takes new values for the keys it has',
    why: 'A store that is full would freeze every value it holds.',
    needs: ['maxEntries'],
    async run(context) {
      const store = await openFull(context)
      await store.store('key 0', context.values.numbered(99))
      checkSame(
        await store.load('key 0'),
        context.values.numbered(99),
        'load after an overwrite in a full store',
      )
    },
  },
  {
    id: 'full-until-removed',
    title: 'a remove makes room in a full store',
    why: 'A count that drifts keeps a store full for ever, or lets it grow without bound.',
    needs: ['maxEntries'],
    async run(context) {
      const store = await openFull(context)
      await failureOf(
        () => store.store('beyond', context.values.numbered(1)),
        'store beyond maxEntries is STORE_FULL',
      )
      // None of these makes room, or takes any.
      check((await store.remove('absent')) === false, 'remove of an absent key answers false')
      for (let time = 0; time < 3; time++) await store.store('key 0', context.values.numbered(10 + time))
      await failureOf(
        () => store.store('beyond', context.values.numbered(1)),
        'store beyond maxEntries is STORE_FULL, also after a remove of nothing',
      )
      await store.remove('key 0')
      await store.store('beyond', context.values.numbered(2))
      checkSame(
        await store.load('beyond'),
        context.values.numbered(2),
        'load of the key there is room for again',
      )
      const owed = { code: 'STORE_FULL', applied: 'no' } as const
      await checkFails(
        () => store.store('key 0', context.values.numbered(3)),
        owed,
        'store into a store full again',
      )
    },
  },
  {
    id: 'full-batch',
    title: 'a batch beyond maxEntries stores nothing, or accounts for each key',
    why: 'Half of an import, with no word about which half, cannot be repaired.',
    needs: ['maxEntries', 'batch'],
    async run(context) {
      const { values, target } = context
      const store = await openFull(context)
      await store.remove('key 0')
      const batch = ['beyond 1', 'beyond 2'].map((key, index) => [key, values.numbered(50 + index)] as const)
      const error = await failureOf(() => store.storeMany(batch), 'a batch beyond maxEntries fails')
      if (BulkStoreError.is(error) && target.capabilities.batch === 'perKey') {
        const codes = new Set([...error.failures.values()].map(({ code }) => code))
        checkSame([...codes], ['STORE_FULL'], 'the codes of the keys that did not fit')
      } else {
        const isFull = StoreError.is(error) && error.code === 'STORE_FULL' && error.applied === 'no'
        check(isFull, `a batch that does not fit is STORE_FULL with applied 'no', got ${display(error)}`)
      }
      for (const [key, value] of batch) await checkOutcome(store, error, key, undefined, value)
    },
  },
  {
    id: 'full-batch-counts-keys',
    title: 'a batch of keys that are there fits into a full store',
    why: 'A batch of updates that is refused for room it does not need stops the service.',
    needs: ['maxEntries', 'batch'],
    async run(context) {
      const store = await openFull(context)
      await store.storeMany([
        ['key 0', context.values.numbered(50)],
        ['key 0', context.values.numbered(51)],
      ])
      checkSame(
        await store.load('key 0'),
        context.values.numbered(51),
        'load after a batch into a full store',
      )
    },
  },
  {
    id: 'invalid-key-names-it',
    title: 'the error of a refused key has that key',
    why: 'In a log of thousands the error without its key cannot be acted upon.',
    needs: ['persistent'],
    async run({ open, values }) {
      const store = await open()
      const owed = { code: 'INVALID_KEY', applied: 'no', key: 'lone\ud800' } as const
      await checkFails(() => store.store('lone\ud800', values.numbered(1)), owed, 'store of a lone surrogate')
      await checkFails(() => store.remove('lone\ud800'), owed, 'remove of a lone surrogate')
    },
  },
  {
    id: 'refusals-do-no-harm',
    title: 'a store that refused a call takes the next one',
    why: 'One bad request would take the store down for all others.',
    async run({ open, values, reopen, target }) {
      let store = await open()
      await store.store('before', values.numbered(1))
      for (let time = 0; time < 3; time++) {
        await failureOf(() => store.store('key', undefined), 'store of undefined is a TypeError')
      }
      await store.store('key', values.numbered(2))
      if (target.capabilities.persistent) store = await reopen(store)
      checkSame(await store.load('key'), values.numbered(2), 'load of what was stored after refusals')
      checkSame(await store.load('before'), values.numbered(1), 'load of what was stored before refusals')
    },
  },
])

function filling({ target }: Context): string[] {
  return Array.from({ length: target.capabilities.maxEntries! }, (_, number) => `key ${number}`)
}

/** A store with exactly as many entries as its target claims it holds. */
async function openFull(context: Context): Promise<StoreUnderTest> {
  const { open, values, target, skip } = context
  const { maxEntries } = target.capabilities
  if (maxEntries! > MOST_ENTRIES) skip(`maxEntries ${maxEntries} is more than this case fills`)
  const store = await open()
  for (const [number, key] of filling(context).entries()) await store.store(key, values.numbered(number))
  return store
}
