import { setTimeout as delay } from 'node:timers/promises'
import { AsyncWriteThroughCache, newVersion } from '@wt/core'
import type { Case, Context } from '../case.ts'
import { check, checkAbsent, checkSame } from '../check.ts'
import { display } from '../history.ts'
import { concerns, News } from '../news.ts'
import { randomFrom } from '../random.ts'
import { same } from '../same.ts'
import type { StoreUnderTest } from '../store-under-test.ts'
import { defineTopic } from '../topic.ts'

const KEYS = [
  'key',
  'Key',
  'key ',
  '',
  'a:b',
  'a/b',
  '{tag}key',
  'k*y',
  'ключ',
  '😀',
  '__proto__',
  'x'.repeat(300),
]
const ROUNDS = 30
const MANY = 300

/** A store that listens, and another at the same place that writes. */
async function both(context: Context): Promise<{ own: StoreUnderTest; other: StoreUnderTest; news: News }> {
  const own = await context.open()
  const other = await context.open()
  return { own, other, news: await News.of(own, context) }
}

/** Makes a change elsewhere, and waits until it is told of. */
async function told(news: News, key: string, change: () => Promise<unknown>): Promise<void> {
  const since = news.changes.length
  await change()
  await news.toldOf(key, since)
}

const shared = { needs: ['subscribe', 'shared'] } as const

export const subscribe: readonly Case[] = defineTopic('subscribe', [
  {
    ...shared,
    id: 'comes-up',
    title: 'who subscribes is told at last that changes are told of, and by words of the contract alone',
    why: 'A cache holds nothing before it was told `up`: it would ask the store for ever.',
    async run(context) {
      const { news, other } = await both(context)
      await told(news, 'key', () => other.store('key', context.values.numbered(1)))
      for (const change of news.changes) {
        const { type, keys } = change as { type: unknown; keys?: unknown }
        const isKnown = type === 'all' || type === 'down' || type === 'up'
        const namesKeys =
          type === 'keys' && Array.isArray(keys) && keys.every((key) => typeof key === 'string')
        check(
          isKnown || namesKeys,
          `told is keys, with a list of them, all, down or up, not ${display(change)}`,
        )
      }
    },
  },
  {
    ...shared,
    id: 'tells-of-stores',
    title: 'what another store writes is told of, whatever the key, read here before or not, new or not',
    why: 'The one key that nobody is told of is served as it was for good.',
    entries: KEYS.length,
    async run(context) {
      const { own, other, news } = await both(context)
      for (const [index, key] of KEYS.entries()) {
        const write = (number: number) => other.store(key, context.values.numbered(number))
        if (index % 2 === 0) checkAbsent(await own.load(key), 'load of what was never stored')
        await told(news, key, () => write(1))
        await told(news, key, () => write(2))
        await own.load(key)
        await told(news, key, () => write(3))
        await own.store(key, context.values.numbered(4))
        await told(news, key, () => write(5))
      }
    },
  },
  {
    ...shared,
    id: 'tells-of-removes',
    title: 'what another store removes is told of',
    why: 'Deleted data goes on being served.',
    async run(context) {
      const { own, other, news } = await both(context)
      for (const key of KEYS) {
        await own.store(key, context.values.numbered(1))
        await own.load(key)
        await told(news, key, () => other.remove(key))
        checkAbsent(await own.load(key), 'load of what another store removed')
      }
    },
  },
  {
    id: 'tells-of-batches',
    title: 'of a batch of another store every key is told of',
    why: 'Whoever imports or purges by batches changes what nobody hears of.',
    needs: ['subscribe', 'shared', 'batch'],
    entries: KEYS.length,
    async run(context) {
      const { own, other, news } = await both(context)
      const entries = KEYS.map((key, index) => [key, context.values.numbered(index)] as const)
      const toldOfAll = async (change: () => Promise<unknown>) => {
        const since = news.changes.length
        await change()
        for (const key of KEYS) await news.toldOf(key, since)
      }
      await toldOfAll(() => other.storeMany(entries))
      for (const key of KEYS) await own.load(key)
      await toldOfAll(() => other.storeMany(entries))
      if (other.raw.removeMany) await toldOfAll(() => other.removeMany(KEYS))
    },
  },
  {
    id: 'tells-of-conditional-writes',
    title: 'what another store writes or removes by its version is told of',
    why: 'An `update` in one process leaves the others with what it replaced.',
    needs: ['subscribe', 'shared', 'versions'],
    async run(context) {
      const { own, other, news } = await both(context)
      const versions = [newVersion(), newVersion()] as const
      const write = (number: number, expected: string | undefined, version: string) => async () =>
        check(
          await other.storeIf('key', context.values.numbered(number), expected, version),
          'storeIf stores',
        )
      await told(news, 'key', write(1, undefined, versions[0]))
      await own.load('key')
      await told(news, 'key', write(2, versions[0], versions[1]))
      await own.load('key')
      await told(news, 'key', async () => check(await other.removeIf('key', versions[1]), 'removeIf removes'))
    },
  },
  {
    ...shared,
    id: 'told-when-it-can-be-seen',
    title: 'a change is told of when load can see it',
    why: 'Who loads on hearing of it takes the old value for the new one, and hears of nothing more.',
    async run(context) {
      const { own, other, news } = await both(context)
      for (let number = 0; number < ROUNDS; number++) {
        const seen: Promise<unknown>[] = []
        news.onChange = (change) => {
          if (concerns(change, 'key')) seen.push(own.load('key'))
        }
        await told(news, 'key', () => other.store('key', context.values.numbered(number)))
        // A change may be told of more than once: then the last time counts.
        const isNew = async () => same(await seen.at(-1), context.values.numbered(number))
        for (let wait = 0; wait < 100 && !(await isNew()); wait++) await delay(10)
        checkSame(await seen.at(-1), context.values.numbered(number), 'load on hearing of a change')
      }
    },
  },
  {
    ...shared,
    id: 'tells-of-many',
    title: 'of hundreds of changes that three others make at once none is lost',
    why: 'News come in bursts; a queue that overflows, or keeps the last of each turn, loses some.',
    entries: MANY,
    async run(context) {
      const { other, news } = await both(context)
      const writers = [other, await context.open(), await context.open()]
      const keyOf = (index: number) => `key ${index}`
      const since = news.changes.length
      const writing = writers.map(async (writer, place) => {
        for (let index = place; index < MANY; index += writers.length) {
          await writer.store(keyOf(index), context.values.numbered(index))
          context.forgetHistory()
        }
      })
      await Promise.all(writing)
      for (let index = 0; index < MANY; index++) await news.toldOf(keyOf(index), since)
    },
  },
  {
    ...shared,
    id: 'both-are-told',
    title: 'each of two that subscribe is told of what the other changes',
    why: 'With one listener a place, the second process that starts deafens the first.',
    async run(context) {
      const { own, other, news } = await both(context)
      const others = await News.of(other, context)
      for (let number = 0; number < 3; number++) {
        await told(news, 'key', () => other.store('key', context.values.numbered(number)))
        await told(others, 'key', () => own.store('key', context.values.numbered(number)))
        await told(news, 'another', () => other.store('another', context.values.numbered(number)))
      }
    },
  },
  {
    ...shared,
    id: 'ends',
    title: 'who has unsubscribed is told nothing more, and can subscribe again',
    why: 'A cache that was closed is kept alive by the news, or fails on them.',
    async run(context) {
      const { own, other, news } = await both(context)
      await news.end()
      const count = news.changes.length
      const again = await News.of(own, context)
      await told(again, 'key', () => other.store('key', context.values.numbered(1)))
      check(
        news.changes.length === count,
        `who has unsubscribed is told ${display(news.changes.slice(count))}`,
      )
      await again.end()
    },
  },
  {
    ...shared,
    id: 'close-ends-it',
    title: 'a store that is closed tells nothing more, and does not wait for its listener',
    why: 'A shutdown that hangs, or a listener called on what is no more.',
    async run(context) {
      const { own, other, news } = await both(context)
      await own.close()
      const count = news.changes.length
      for (let number = 0; number < 3; number++) await other.store('key', context.values.numbered(number))
      await delay(50)
      const later = news.changes.slice(count).filter(({ type }) => type !== 'down')
      check(later.length === 0, `a store that is closed tells ${display(later)}`)
    },
  },
  {
    ...shared,
    id: 'caches-follow',
    title:
      'a cache holds entries, follows what two others write and remove at random, and never goes back to what it has seen replaced',
    why: 'It is what the news are for: hits that are what the store holds.',
    async run(context) {
      const random = randomFrom(context.seed)
      const own = await context.open()
      const others = [await context.open(), await context.open()]
      const cache = new AsyncWriteThroughCache(own.raw, { capacity: 10, coherence: 'subscribe' })
      const late = AbortSignal.timeout(context.timeoutMs / 2)
      const reaches = async (expected: unknown) => {
        for (;;) {
          const got = await own.call('cache.get("key")', () => cache.get('key'))
          if (same(got, expected)) return
          check(
            !late.aborted,
            `the cache goes on answering ${display(got)}, after another store made it ${display(expected)}`,
          )
          await delay(1)
        }
      }
      for (let number = 0; number < ROUNDS; number++) {
        const other = others[random() < 0.5 ? 0 : 1]!
        const isRemoved = random() < 0.25
        if (isRemoved) await other.remove('key')
        else await other.store('key', context.values.numbered(number))
        const expected = isRemoved ? undefined : context.values.numbered(number)
        await reaches(expected)
        for (let read = Math.floor(4 * random()); read > 0; read--) {
          checkSame(await cache.get('key'), expected, 'get after the cache has seen the change')
        }
      }
      await others[0]!.store('key', context.values.numbered(ROUNDS))
      await reaches(context.values.numbered(ROUNDS))
      const { cacheHits } = cache.stats()
      while (cache.stats().cacheHits === cacheHits) {
        check(!late.aborted, 'the cache never holds an entry, though nobody changes it')
        await cache.get('key')
        await delay(1)
      }
      await cache.close()
    },
  },
])
