import { checkBoth } from '../caches/checks.ts'
import { forEachCache } from '../caches/cache-under-test.ts'
import type { Case } from '../case.ts'
import { check, checkAbsent, checkFails, checkSame, failureOf, isTypeError } from '../check.ts'
import { display } from '../history.ts'
import { defineTopic } from '../topic.ts'
import { failedWriteCases } from './cache-failures.ts'
import { historyCases } from './cache-histories.ts'
import { raceCases } from './cache-races.ts'

export const cache: readonly Case[] = defineTopic('cache', [
  {
    id: 'put-is-in-the-store',
    title: 'when put has returned the store holds the value, and get answers it',
    why: 'What is in the cache alone is gone with the process.',
    run: (context) =>
      forEachCache(context, async (cache) => {
        await cache.put('key', context.values.numbered(1))
        checkSame(await cache.store.load('key'), context.values.numbered(1), 'load from the store after put')
        checkSame(await cache.get('key'), context.values.numbered(1), 'get after put')
        await cache.put('key', context.values.numbered(2))
        checkSame(await cache.store.load('key'), context.values.numbered(2), 'load after a second put')
        checkSame(await cache.get('key'), context.values.numbered(2), 'get after a second put')
      }),
  },
  {
    id: 'reads-through',
    title: 'get of a key that only the store holds answers it, and the next get asks the store no more',
    why: 'After a restart everything is in the store alone.',
    run: (context) =>
      forEachCache(context, async (cache) => {
        await cache.store.store('key', context.values.numbered(1))
        checkSame(await cache.get('key'), context.values.numbered(1), 'get of what the store holds')
        checkSame(await cache.get('key'), context.values.numbered(1), 'a second get')
        check(cache.controlled.loads === 1, `two gets load once, not ${cache.controlled.loads} times`)
      }),
  },
  {
    id: 'falsy-values-are-hits',
    title: 'values that are empty or falsy are cached as any other',
    why: 'A zero that reads as a miss is loaded again each time, or replaced by a default.',
    peers: ['cacheable 2.5.0'],
    run: (context) =>
      forEachCache(context, async (cache) => {
        for (const { name, value } of context.values.falsy()) {
          await cache.put('key', value)
          checkSame(await cache.get('key'), value, `get of ${name}`)
          checkSame(
            await cache.getOrPut('key', () => context.values.numbered(1)),
            value,
            `getOrPut of ${name}`,
          )
          checkSame(await cache.store.load('key'), value, `load of ${name} from the store`)
        }
        check(
          cache.controlled.loads === 0,
          `gets after puts load nothing, not ${cache.controlled.loads} times`,
        )
      }),
  },
  {
    id: 'absence-is-not-invented',
    title: 'get of a key that nobody stored answers undefined, and put makes it there',
    why: 'A miss that is remembered hides what is written next.',
    run: (context) =>
      forEachCache(context, async (cache) => {
        checkAbsent(await cache.get('key'), 'get of a key never stored')
        await cache.put('key', context.values.numbered(1))
        checkSame(await cache.get('key'), context.values.numbered(1), 'get after a miss and a put')
      }),
  },
  {
    id: 'undefined-is-no-value',
    title: 'put of undefined is a TypeError, and neither the cache nor the store changes',
    why: 'A forgotten return would erase a value that is still in use.',
    run: (context) =>
      forEachCache(context, async (cache) => {
        await cache.put('key', context.values.numbered(1))
        const error = await failureOf(() => cache.put('key', undefined), 'put of undefined is a TypeError')
        check(isTypeError(error), `put of undefined is a TypeError, not ${display(error)}`)
        await checkBoth(cache, 'key', context.values.numbered(1), 'after a put of undefined')
      }),
  },
  {
    id: 'invalidate-removes-from-both',
    title: 'invalidate removes the key from the cache and from the store',
    why: 'A value that is deleted in one place comes back from the other.',
    peers: ['cacheable 2.5.0', 'bentocache 1.6.1'],
    run: (context) =>
      forEachCache(context, async (cache) => {
        await cache.put('key', context.values.numbered(1))
        check((await cache.invalidate('key')) === true, 'invalidate of a key that exists answers true')
        checkAbsent(await cache.get('key'), 'get after invalidate')
        checkAbsent(await cache.store.load('key'), 'load from the store after invalidate')
        check((await cache.invalidate('key')) === false, 'invalidate of an absent key answers false')
      }),
  },
  {
    id: 'evict-leaves-the-store',
    title: 'evict drops the key from the cache alone; the next get asks the store',
    why: 'What was meant to free memory would delete data.',
    run: (context) =>
      forEachCache(context, async (cache) => {
        await cache.put('key', context.values.numbered(1))
        await cache.evict('key')
        checkSame(await cache.store.load('key'), context.values.numbered(1), 'load after evict')
        checkSame(await cache.get('key'), context.values.numbered(1), 'get after evict')
        check(cache.controlled.loads === 1, `get after evict loads once, not ${cache.controlled.loads} times`)
      }),
  },
  {
    id: 'bounded',
    title: 'never more than capacity entries are resident, and those that left are read from the store',
    why: 'A cache without a bound takes the process down; one that loses what it evicts takes the data.',
    entries: 10,
    run: (context) =>
      forEachCache(
        context,
        async (cache) => {
          for (let number = 0; number < 10; number++) {
            await cache.put(`key ${number}`, context.values.numbered(number))
            const { size } = cache.raw
            check(size <= 3, `of capacity 3 at most 3 entries are resident, not ${size}`)
          }
          for (let number = 0; number < 10; number++) {
            checkSame(
              await cache.get(`key ${number}`),
              context.values.numbered(number),
              `get of key ${number}`,
            )
            const { size } = cache.raw
            check(size <= 3, `of capacity 3 at most 3 entries are resident after get, not ${size}`)
          }
        },
        { capacity: 3 },
      ),
  },
  {
    id: 'many-at-once',
    title: 'putMany, getMany and invalidateMany do for many keys what the single calls do for one',
    why: 'Bulk paths are where caches and stores drift apart unseen.',
    entries: 3,
    run: (context) =>
      forEachCache(context, async (cache) => {
        const { values } = context
        await cache.putMany([
          ['a', values.numbered(1)],
          ['b', values.numbered(2)],
          ['a', values.numbered(3)],
        ])
        await cache.store.store('c', values.numbered(4))
        const found = await cache.getMany(['a', 'absent', 'b', 'c'])
        const owed = new Map([
          ['a', values.numbered(3)],
          ['b', values.numbered(2)],
          ['c', values.numbered(4)],
        ])
        checkSame(new Map([...found].sort()), owed, 'getMany of three keys that exist and one that does not')
        await checkBoth(cache, 'a', values.numbered(3), 'after putMany')
        checkSame(await cache.invalidateMany(['a', 'absent', 'c']), 2, 'how many invalidateMany found')
        checkAbsent(await cache.get('a'), 'get after invalidateMany')
        checkAbsent(await cache.store.load('c'), 'load after invalidateMany')
        await checkBoth(cache, 'b', values.numbered(2), 'of a key that invalidateMany did not name')
      }),
  },
  {
    id: 'close-closes-the-store',
    title: 'close closes the store too, and every later call is CLOSED',
    why: 'A store left open keeps locks and files; a call that works after close writes to nowhere.',
    run: (context) =>
      forEachCache(context, async (cache) => {
        if (typeof cache.store.raw.close !== 'function') context.skip('the store has no close')
        await cache.put('key', context.values.numbered(1))
        await cache.close()
        await checkFails(() => cache.store.load('key'), { code: 'CLOSED' }, 'load from the store after close')
        await checkFails(() => cache.get('key'), { code: 'CLOSED' }, 'get after close')
        const put = () => cache.put('key', context.values.numbered(2))
        await checkFails(put, { code: 'CLOSED', applied: 'no' }, 'put after close')
      }),
  },
  {
    id: 'sees-others-by-revision',
    title: "with coherence 'revision' what another store at the same place wrote is seen at the next get",
    why: 'Two processes with a cache each would each go on with what the other has changed.',
    needs: ['revision', 'shared'],
    run: (context) =>
      forEachCache(
        context,
        async (cache) => {
          const other = await context.open(`under-${cache.kind}-cache`)
          await cache.put('key', context.values.numbered(1))
          checkSame(await cache.get('key'), context.values.numbered(1), 'get')
          await other.store('key', context.values.numbered(2))
          checkSame(await cache.get('key'), context.values.numbered(2), 'get after another store wrote')
          await other.remove('key')
          checkAbsent(await cache.get('key'), 'get after another store removed')
        },
        { capacity: 100, coherence: 'revision' },
      ),
  },
  ...failedWriteCases,
  ...raceCases,
  ...historyCases,
])
