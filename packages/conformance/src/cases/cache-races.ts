import { type CacheUnderTest, openCache } from '../caches/cache-under-test.ts'
import { checkBoth, failure, soon } from '../caches/checks.ts'
import type { Context } from '../case.ts'
import { check, checkAbsent, checkSame } from '../check.ts'
import { display } from '../history.ts'
import { same } from '../same.ts'
import type { TopicCase } from '../topic.ts'

/** The cases of the topic cache in which calls of the asynchronous cache meet, the store being stopped where it hurts. */
export const raceCases: readonly TopicCase[] = [
  {
    id: 'one-load-per-key',
    title: 'twenty gets at once of a key that is not resident load it once',
    why: 'When a popular entry is gone, every request goes to the store at the same moment and brings it down.',
    peers: ['cacheable 2.5.0', 'layered-loader 16.1.0', 'unstorage 1.17.6'],
    run: (context) =>
      withCache(context, async (cache) => {
        await cache.store.store('key', context.values.numbered(1))
        const hold = cache.controlled.hold('load', 'key', 'answer')
        const gets = Array.from({ length: 20 }, () => cache.get('key'))
        await soon(hold.reached, 'get of a key that is not resident')
        hold.release()
        for (const value of await soon(Promise.all(gets), 'twenty gets at once')) {
          checkSame(value, context.values.numbered(1), 'one of twenty gets at once')
        }
        const { loads } = cache.controlled
        check(loads === 1, `twenty gets at once load once, not ${loads} times`)
      }),
  },
  {
    id: 'a-failed-load-is-not-shared-on',
    title: 'a load that failed fails those who waited for it, and nobody after',
    why: 'One bad moment of the store would be served as an error for as long as the entry lives.',
    run: (context) =>
      withCache(context, async (cache) => {
        await cache.store.store('key', context.values.numbered(1))
        cache.controlled.fail('load', 'key', failure('unknown', 'key', 'READ_FAILURE'))
        const gets = await Promise.allSettled(Array.from({ length: 5 }, () => cache.get('key')))
        for (const get of gets) {
          if (get.status === 'rejected') continue
          checkSame(get.value, context.values.numbered(1), 'a get that did not fail with the load')
        }
        check(
          gets.some(({ status }) => status === 'rejected'),
          'the failure of a load is told to who waits for it',
        )
        checkSame(await cache.get('key'), context.values.numbered(1), 'get after a load that failed')
      }),
  },
  {
    id: 'late-load-is-not-kept',
    title: 'a load that a put overtook leaves nothing older in the cache',
    why: 'The old value would be served until it is evicted, though every write since was acknowledged.',
    peers: ['cacheable 2.5.0', 'cache-manager 7.2.9', 'bentocache 1.6.1'],
    run: (context) =>
      withCache(context, async (cache) => {
        await cache.store.store('key', context.values.numbered(1))
        const hold = cache.controlled.hold('load', 'key', 'answer')
        const reading = cache.get('key')
        await soon(hold.reached, 'get of a key that is not resident')
        await soon(cache.put('key', context.values.numbered(2)), 'put during a load')
        hold.release()
        const read = await soon(reading, 'the get that a put overtook is answered, and not rejected')
        const isEither = [1, 2].some((number) => same(read, context.values.numbered(number)))
        check(
          isEither,
          `the get that a put overtook: expected the old value or the new one, got ${display(read)}`,
        )
        await checkBoth(cache, 'key', context.values.numbered(2), 'after a put that overtook a load')
      }),
  },
  {
    id: 'late-load-does-not-revive',
    title: 'a load that an invalidate overtook brings nothing back',
    why: 'What was deleted is served again: a revoked session, a withdrawn price.',
    peers: ['cacheable 2.5.0', 'bentocache 1.6.1', 'lru-cache 11.5.3', 'async-cache-dedupe 3.4.0'],
    run: (context) =>
      withCache(context, async (cache) => {
        await cache.store.store('key', context.values.numbered(1))
        const hold = cache.controlled.hold('load', 'key', 'answer')
        const reading = cache.get('key')
        await soon(hold.reached, 'get of a key that is not resident')
        await soon(cache.invalidate('key'), 'invalidate during a load')
        hold.release()
        await soon(reading, 'the get that an invalidate overtook')
        checkAbsent(await cache.get('key'), 'get after an invalidate that overtook a load')
      }),
  },
  {
    id: 'readers-are-not-rejected',
    title: 'a get that waits for a load is answered though a put replaces what it waits for',
    why: 'A reader that fails because somebody wrote shows an error for a value that is there.',
    peers: ['lru-cache 11.5.3'],
    run: (context) =>
      withCache(context, async (cache) => {
        await cache.store.store('key', context.values.numbered(0))
        for (let number = 1; number <= 3; number++) {
          await cache.evict('key')
          const hold = cache.controlled.hold('load', 'key', 'answer')
          const gets = [cache.get('key'), cache.get('key')].map((get) =>
            get.then(
              () => 'answered',
              (error: unknown) => error,
            ),
          )
          await soon(hold.reached, 'get after evict')
          await soon(cache.put('key', context.values.numbered(number)), 'put during a load')
          hold.release()
          for (const outcome of await soon(Promise.all(gets), 'gets that a put overtook')) {
            check(outcome === 'answered', `a get that a put overtook was rejected: ${display(outcome)}`)
          }
        }
      }),
  },
  {
    id: 'a-read-during-a-put',
    title: 'a get during a put answers the old value or the new one, and every get after it the new one',
    why: 'Who has read the new value and then reads the old one believes that the write was undone.',
    run: (context) =>
      withCache(context, async (cache) => {
        const { values } = context
        for (const where of ['before', 'answer'] as const) {
          await cache.put('key', values.numbered(1))
          await cache.evict('key')
          const hold = cache.controlled.hold('store', 'key', where)
          const writing = cache.put('key', values.numbered(2))
          await soon(hold.reached, 'put')
          const reading = cache.get('key')
          hold.release()
          await soon(writing, 'put')
          const read = await soon(reading, 'get during a put')
          const isEither = [1, 2].some((number) => same(read, values.numbered(number)))
          check(isEither, `get during a put: expected the old value or the new one, got ${display(read)}`)
          await checkBoth(cache, 'key', values.numbered(2), 'after a get during a put')
        }
      }),
  },
  {
    id: 'puts-keep-their-order',
    title: 'of two puts of a key, the first of them slow, the second is what cache and store hold',
    why: 'The cache has one value and the store another: who restarts sees the older one.',
    peers: ['cacheable 2.5.0', 'bentocache 1.6.1'],
    run: (context) =>
      withCache(context, async (cache) => {
        const hold = cache.controlled.hold('store', 'key', 'before')
        const first = cache.put('key', context.values.numbered(1))
        await soon(hold.reached, 'put')
        const second = cache.put('key', context.values.numbered(2))
        // Time for a cache that lets them overtake each other to do so.
        for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
        hold.release()
        await soon(Promise.all([first, second]), 'two puts of a key')
        await checkBoth(cache, 'key', context.values.numbered(2), 'after two puts, the first of them slow')
      }),
  },
  {
    id: 'a-slow-key-holds-up-no-other',
    title: 'while the store is busy with one key, all other keys are read and written',
    why: 'One slow row would stop the whole service.',
    run: (context) =>
      withCache(context, async (cache) => {
        const { values } = context
        const holds = [cache.controlled.hold('store', 'slow', 'before')]
        const slow = [cache.put('slow', values.numbered(1))]
        await soon(holds[0]!.reached, 'put')
        const what = 'a call of another key while the store is busy with one'
        await soon(cache.put('quick', values.numbered(2)), what)
        await cache.evict('quick')
        checkSame(await soon(cache.get('quick'), what), values.numbered(2), what)
        checkSame(await soon(cache.invalidate('quick'), what), true, what)
        for (const hold of holds) hold.release()
        await soon(Promise.all(slow), 'the slow put')
        await checkBoth(cache, 'slow', values.numbered(1), 'of the slow key at last')
      }),
  },
  {
    id: 'a-failed-put-fails-no-other',
    title: 'a put that fails does not fail or undo the one behind it',
    why: 'A queue that stays rejected refuses every later write of the key.',
    run: (context) =>
      withCache(context, async (cache) => {
        cache.controlled.fail('store', 'key', failure('unknown', 'key'))
        const [first, second] = await Promise.allSettled([
          cache.put('key', context.values.numbered(1)),
          cache.put('key', context.values.numbered(2)),
        ])
        check(first.status === 'rejected', 'a put whose store failed is rejected')
        check(second.status === 'fulfilled', 'the put behind one that failed is carried out')
        await checkBoth(
          cache,
          'key',
          context.values.numbered(2),
          'after a put that failed and one that did not',
        )
      }),
  },
  {
    id: 'get-or-put-produces-once',
    title: 'of twenty getOrPut of a key at once one produces, and all answer what the store holds',
    why: 'An expensive value is made twenty times over, and callers go on with different ones.',
    run: (context) =>
      withCache(context, async (cache) => {
        let produced = 0
        const produce = () => context.values.numbered(++produced)
        const answers = await soon(
          Promise.all(Array.from({ length: 20 }, () => cache.getOrPut('key', produce))),
          'twenty getOrPut at once',
        )
        check(produced === 1, `twenty getOrPut at once produce once, not ${produced} times`)
        for (const answer of answers) checkSame(answer, context.values.numbered(1), 'one of twenty getOrPut')
        await checkBoth(cache, 'key', context.values.numbered(1), 'after twenty getOrPut at once')
      }),
  },
  {
    id: 'updates-are-atomic',
    title: 'twenty updates of a key at once each see what the one before made',
    why: 'Two that read the same value and both write theirs lose one of the changes: the classic lost update.',
    run: (context) =>
      withCache(context, async (cache) => {
        const { values } = context
        await cache.put('key', values.numbered(0))
        const next = (old: unknown) => {
          const number = Array.from({ length: 20 }, (_, index) => index).find((index) =>
            same(old, values.numbered(index)),
          )
          check(number !== undefined, `update is given what the one before made, not ${display(old)}`)
          return values.numbered(number + 1)
        }
        await soon(Promise.all(Array.from({ length: 20 }, () => cache.update('key', next))), 'twenty updates')
        await checkBoth(cache, 'key', values.numbered(20), 'after twenty updates at once, each adding one')
      }),
  },
]

async function withCache(context: Context, body: (cache: CacheUnderTest) => Promise<void>): Promise<void> {
  await body(await openCache(context, 'asynchronous'))
}
