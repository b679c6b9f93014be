import { BulkStoreError, type StoreError } from '@wt/core'
import { checkBoth, failure } from '../caches/checks.ts'
import { type CacheUnderTest, forEachCache } from '../caches/cache-under-test.ts'
import { check, checkAbsent, checkFails, checkSame, failureOf } from '../check.ts'
import { display } from '../history.ts'
import type { TopicCase } from '../topic.ts'

/** The cases of the topic cache in which the store fails. */
export const failedWriteCases: readonly TopicCase[] = [
  {
    id: 'refused-put-changes-neither',
    title: "a put that failed, applied 'no', leaves the old value in the cache and in the store",
    why: 'A cache that serves what could not be stored tells everyone of a value that is gone at the restart.',
    peers: ['cacheable 2.5.0', 'cache-manager 7.2.9', 'bentocache 1.6.1'],
    run: (context) =>
      forEachCache(context, async (cache) => {
        const { values } = context
        await cache.put('key', values.numbered(1))
        cache.controlled.fail('store', 'key', failure('no', 'key'))
        await checkPutFails(cache, 'key', values.numbered(2), 'no')
        await checkBoth(cache, 'key', values.numbered(1), "after a put that failed, applied 'no'")
        cache.controlled.fail('store', 'new', failure('no', 'new'))
        await checkPutFails(cache, 'new', values.numbered(3), 'no')
        checkAbsent(await cache.get('new'), 'get of a key whose first put failed')
      }),
  },
  {
    id: 'doubtful-put-asks-the-store',
    title: "after a put that failed, applied 'unknown', get answers what the store holds",
    why: 'Whether it was written, nobody knows but the store: a cache that guesses is wrong half of the time.',
    peers: ['cacheable 2.5.0', 'bentocache 1.6.1'],
    run: (context) =>
      forEachCache(context, async (cache) => {
        const { values } = context
        await cache.put('key', values.numbered(1))
        cache.controlled.fail('store', 'key', failure('unknown', 'key'), { isApplied: true })
        await checkPutFails(cache, 'key', values.numbered(2), 'unknown')
        await checkBoth(cache, 'key', values.numbered(2), 'after a failed put that was carried out')
        cache.controlled.fail('store', 'key', failure('unknown', 'key'))
        await checkPutFails(cache, 'key', values.numbered(3), 'unknown')
        await checkBoth(cache, 'key', values.numbered(2), 'after a failed put that was not carried out')
      }),
  },
  {
    id: 'failures-are-told',
    title: "whatever a store throws is told as a StoreError with the key and its cause, applied 'unknown'",
    why: 'An error that is swallowed turns a lost write into a success.',
    peers: ['cacheable 2.5.0', 'bentocache 1.6.1'],
    run: (context) =>
      forEachCache(context, async (cache) => {
        const cause = new Error('the cable was pulled')
        const { values } = context
        cache.controlled.fail('store', 'key', cause)
        const error = await checkPutFails(cache, 'key', values.numbered(1), 'unknown')
        check(
          error.code === 'WRITE_FAILURE',
          `a plain Error of store is a WRITE_FAILURE, got ${display(error)}`,
        )
        check(
          error.key === 'key' && error.cause === cause,
          'it has the key, and what the store threw as its cause',
        )
        cache.controlled.fail('remove', 'key', cause)
        const owed = { code: 'WRITE_FAILURE', applied: 'unknown' } as const
        await checkFails(() => cache.invalidate('key'), owed, 'invalidate whose remove threw a plain Error')
      }),
  },
  {
    id: 'refused-invalidate-keeps-the-value',
    title:
      "an invalidate that failed, applied 'no', is told, and the value stays in the store and is read from it",
    why: 'A delete that is reported as done and is not comes back, after whoever asked for it has stopped looking.',
    peers: ['cacheable 2.5.0', 'bentocache 1.6.1'],
    run: (context) =>
      forEachCache(context, async (cache) => {
        await cache.put('key', context.values.numbered(1))
        cache.controlled.fail('remove', 'key', failure('no', 'key'))
        const owed = { code: 'WRITE_FAILURE', applied: 'no' } as const
        await checkFails(() => cache.invalidate('key'), owed, 'invalidate whose remove was refused')
        await checkBoth(cache, 'key', context.values.numbered(1), 'after an invalidate that was refused')
      }),
  },
  {
    id: 'doubtful-invalidate-asks-the-store',
    title: "after an invalidate that failed, applied 'unknown', get answers what the store holds",
    why: 'What may have been deleted must not be served from memory.',
    run: (context) =>
      forEachCache(context, async (cache) => {
        await cache.put('key', context.values.numbered(1))
        cache.controlled.fail('remove', 'key', failure('unknown', 'key'), { isApplied: true })
        const owed = { code: 'WRITE_FAILURE', applied: 'unknown' } as const
        await checkFails(
          () => cache.invalidate('key'),
          owed,
          'invalidate whose remove failed when it was done',
        )
        checkAbsent(await cache.get('key'), 'get after a failed invalidate that was carried out')
      }),
  },
  {
    id: 'a-failed-load-is-no-miss',
    title: 'a get whose load failed fails, and is not remembered',
    why: 'Who is told that there is nothing creates it anew, over what could not be read for a moment.',
    run: (context) =>
      forEachCache(context, async (cache) => {
        await cache.store.store('key', context.values.numbered(1))
        cache.controlled.fail('load', 'key', failure('unknown', 'key', 'READ_FAILURE'))
        await checkFails(() => cache.get('key'), { code: 'READ_FAILURE' }, 'get whose load failed')
        checkSame(await cache.get('key'), context.values.numbered(1), 'the next get')
        await cache.evict('key')
        cache.controlled.fail('load', 'key', new Error('plain'))
        const produce = () => context.values.numbered(2)
        const owed = { code: 'READ_FAILURE' } as const
        await checkFails(() => cache.getOrPut('key', produce), owed, 'getOrPut whose load failed')
        await checkBoth(cache, 'key', context.values.numbered(1), 'after a getOrPut whose load failed')
      }),
  },
  {
    id: 'a-partial-batch-is-told',
    title: 'a putMany of which one entry failed says which, and the cache and the store agree on every key',
    why: 'A bulk write that reports success loses the rest without a word.',
    peers: ['cacheable 2.5.0'],
    entries: 3,
    run: (context) =>
      forEachCache(context, async (cache) => {
        const { values } = context
        await cache.put('bad', values.numbered(1))
        cache.controlled.fail('store', 'bad', failure('no', 'bad'))
        const entries = [
          ['good', values.numbered(2)],
          ['bad', values.numbered(3)],
          ['other', values.numbered(4)],
        ] as const
        const error = await failureOf(
          () => cache.putMany(entries),
          'a putMany of which one entry failed fails',
        )
        check(
          BulkStoreError.is(error),
          `a putMany that failed in part is a BulkStoreError, got ${display(error)}`,
        )
        checkSame([...error.failures.keys()], ['bad'], 'the keys that failed')
        for (const [key, value] of entries) {
          const held = key === 'bad' ? values.numbered(1) : value
          const isHeld = key === 'bad' || error.written.includes(key)
          check(isHeld, `written has every key that was stored, and lacks ${key}`)
          await checkBoth(cache, key, held, `of ${key} after a putMany of which one entry failed`)
        }
      }),
  },
]

async function checkPutFails(
  cache: CacheUnderTest,
  key: string,
  value: unknown,
  applied: 'no' | 'unknown',
): Promise<StoreError> {
  return await checkFails(
    () => cache.put(key, value),
    { code: 'WRITE_FAILURE', applied },
    `put whose store failed, applied '${applied}'`,
  )
}
