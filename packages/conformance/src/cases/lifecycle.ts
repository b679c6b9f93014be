import { newVersion, StoreError } from '@wt/core'
import type { Case, Context } from '../case.ts'
import { check, checkAbsent, checkFails, checkSame } from '../check.ts'
import { display } from '../history.ts'
import type { StoreUnderTest } from '../store-under-test.ts'
import { defineTopic } from '../topic.ts'

export const lifecycle: readonly Case[] = defineTopic('lifecycle', [
  {
    id: 'close-is-idempotent',
    title: 'a second close does nothing',
    why: 'Two owners that each close their store must not crash the shutdown.',
    async run(context) {
      const store = await openClosable(context)
      await store.close()
      await store.close()
    },
  },
  {
    id: 'closed-to-store',
    title: 'store after close is CLOSED, with applied no',
    why: 'A write into a closed store goes nowhere, and nobody is told.',
    async run(context) {
      const store = await openClosable(context)
      await store.close()
      const call = () => store.store('key', context.values.numbered(1))
      await checkFails(call, { code: 'CLOSED', applied: 'no' }, 'store after close')
    },
  },
  {
    id: 'closed-to-load',
    title: 'load after close is CLOSED, also for a key that was there',
    why: 'A closed store that answers undefined makes every key a miss, and what follows rewrites them.',
    async run(context) {
      const store = await openClosable(context)
      await store.store('key', context.values.numbered(1))
      await store.close()
      await checkFails(() => store.load('key'), { code: 'CLOSED' }, 'load after close')
      await checkFails(() => store.load('absent'), { code: 'CLOSED' }, 'load of an absent key after close')
    },
  },
  {
    id: 'closed-to-remove',
    title: 'remove after close is CLOSED, with applied no',
    why: 'A delete that was never done is reported as done.',
    async run(context) {
      const store = await openClosable(context)
      await store.store('key', context.values.numbered(1))
      await store.close()
      await checkFails(() => store.remove('key'), { code: 'CLOSED', applied: 'no' }, 'remove after close')
    },
  },
  {
    id: 'closed-to-batches',
    title: 'batches after close are CLOSED, empty ones aside',
    why: 'The bulk path forgets the check, and writes nowhere.',
    needs: ['batch'],
    async run(context) {
      const store = await openClosable(context)
      await store.close()
      const owed = { code: 'CLOSED', applied: 'no' } as const
      await checkFails(
        () => store.storeMany([['key', context.values.numbered(1)]]),
        owed,
        'storeMany after close',
      )
      if (store.raw.loadMany)
        await checkFails(() => store.loadMany(['key']), { code: 'CLOSED' }, 'loadMany after close')
      if (store.raw.removeMany)
        await checkFails(() => store.removeMany(['key']), owed, 'removeMany after close')
    },
  },
  {
    id: 'closed-to-versions',
    title: 'calls with versions after close are CLOSED',
    why: 'A refusal by a closed store reads as a conflict, and is tried again and again.',
    needs: ['versions'],
    async run(context) {
      const store = await openClosable(context)
      await store.close()
      const owed = { code: 'CLOSED', applied: 'no' } as const
      const storing = () => store.storeIf('key', context.values.numbered(1), undefined, newVersion())
      await checkFails(storing, owed, 'storeIf after close')
      await checkFails(() => store.removeIf('key', newVersion()), owed, 'removeIf after close')
      const loading = () => store.loadVersioned('key')
      await checkFails(loading, { code: 'CLOSED' }, 'loadVersioned after close')
    },
  },
  {
    id: 'closed-to-leases',
    title: 'calls for leases after close are CLOSED',
    why: 'A refusal by a closed store reads as the lease of another, and is waited for.',
    needs: ['lease'],
    async run(context) {
      const store = await openClosable(context)
      await store.close()
      const owed = { code: 'CLOSED', applied: 'no' } as const
      await checkFails(() => store.acquireLease('key', 'one', 1000), owed, 'acquireLease after close')
      await checkFails(() => store.releaseLease('key', 'one'), owed, 'releaseLease after close')
    },
  },
  {
    id: 'closed-to-keys',
    title: 'keys after close is CLOSED',
    why: 'An empty list of a closed store makes an empty backup.',
    needs: ['keys'],
    async run(context) {
      const store = await openClosable(context)
      await store.close()
      await checkFails(() => store.keys(), { code: 'CLOSED' }, 'keys after close')
    },
  },
  {
    id: 'closed-writes-do-nothing',
    title: 'what was refused as CLOSED is not in the store when it is opened again',
    why: 'What was refused and is there nevertheless makes the error a lie.',
    needs: ['persistent'],
    async run(context) {
      const { open, values } = context
      const store = await openClosable(context)
      await store.store('kept', values.numbered(1))
      await store.close()
      const owed = { code: 'CLOSED' } as const
      await checkFails(() => store.store('key', values.numbered(2)), owed, 'store after close')
      await checkFails(() => store.remove('kept'), owed, 'remove after close')
      const again = await open()
      checkAbsent(await again.load('key'), 'load of a key whose store was refused as CLOSED')
      checkSame(
        await again.load('kept'),
        values.numbered(1),
        'load of a key whose remove was refused as CLOSED',
      )
    },
  },
  {
    id: 'close-is-its-own',
    title: 'the close of one store leaves one at another location open',
    why: 'State shared between stores closes one with the other.',
    async run(context) {
      const { open, values } = context
      const store = await openClosable(context)
      const other = await open('another')
      await store.close()
      await other.store('key', values.numbered(1))
      checkSame(await other.load('key'), values.numbered(1), 'load from the store that was not closed')
    },
  },
  {
    id: 'close-answers-what-is-on-its-way',
    title: 'a store call made before close is carried out or fails as a StoreError; it is not lost',
    why: 'The last write before a shutdown is the one that is lost.',
    async run(context) {
      const { open, values, target } = context
      const store = await openClosable(context)
      const storing = store.store('key', values.numbered(1)).then(
        () => 'stored',
        (error: unknown) => error,
      )
      await store.close()
      const outcome = await storing
      const isTold = outcome === 'stored' || StoreError.is(outcome)
      check(isTold, `a store call overtaken by close is a StoreError, got ${display(outcome)}`)
      if (outcome !== 'stored' || !target.capabilities.persistent) return
      checkSame(
        await (await open()).load('key'),
        values.numbered(1),
        'load after a reopen of what was acknowledged',
      )
    },
  },
])

async function openClosable({ open, skip }: Context): Promise<StoreUnderTest> {
  const store = await open()
  if (typeof store.raw.close !== 'function') skip('the store has no close')
  return store
}
