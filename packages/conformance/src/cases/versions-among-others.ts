import {
  type AsyncBackingStore,
  AsyncWriteThroughCache,
  type BackingStore,
  newVersion,
  StoreError,
  WriteThroughCache,
} from '@wt/core'
import type { Context } from '../case.ts'
import { check, checkSame } from '../check.ts'
import { display } from '../history.ts'
import { same } from '../same.ts'
import type { TopicCase } from '../topic.ts'
import { checkForeign } from './foreign-values.ts'

const CLIENTS = 8
const INCREMENTS = 12

/** Cases of the topic versions that take more than one call at a time: other stores, other processes, the caches. */
export const versionsAmongOthers: readonly TopicCase[] = [
  {
    id: 'foreign',
    title: 'storeIf refuses a value that the store cannot hold, or gives it back exactly',
    why: 'A check that stands in store alone lets an update change a date into a string.',
    needs: ['versions'],
    run: (context) =>
      checkForeign(context, 'storeIf', async (store, key, value) => {
        const found = await store.loadVersioned(key)
        check(
          await store.storeIf(key, value, found?.version, newVersion()),
          'storeIf with the version that is there answers true',
        )
      }),
  },
  {
    id: 'survive-reopen',
    title: 'a version is the same after a reopen',
    why: 'Who was cut off and looks whether its write took place finds another version, and writes again.',
    needs: ['versions', 'persistent'],
    async run({ open, reopen, values }) {
      const store = await open()
      const version = newVersion()
      await store.storeIf('key', values.numbered(1), undefined, version)
      await store.store('other', values.numbered(2))
      const other = await store.loadVersioned('other')
      const again = await reopen(store)
      const held = { value: values.numbered(1), version }
      checkSame(await again.loadVersioned('key'), held, 'loadVersioned after a reopen')
      checkSame(await again.loadVersioned('other'), other, 'loadVersioned of a plain write after a reopen')
    },
  },
  {
    id: 'increments',
    title: 'of the increments of eight caches at once none is lost',
    why: 'Comparing and storing in two steps lets two writers pass at once, and one of them is lost.',
    needs: ['versions'],
    async run(context) {
      const { values, forgetHistory } = context
      const numberOf = numbersOf(context, CLIENTS * INCREMENTS)
      const caches = await cachesOverOneStore(context, CLIENTS)
      const countUp = (old: unknown) => values.numbered(numberOf(old) + 1)
      const client = async (cache: AsyncWriteThroughCache<string, unknown>) => {
        for (let count = 0; count < INCREMENTS; count++) await cache.update('count', countUp)
      }
      await Promise.all(caches.map(client))
      forgetHistory()
      const counted = numberOf(await caches[0]!.refresh('count'))
      check(
        counted === CLIENTS * INCREMENTS,
        `${CLIENTS} caches counted up ${INCREMENTS} times each, at once: expected ${CLIENTS * INCREMENTS}, found ${counted}`,
      )
    },
  },
  {
    id: 'settled-by-its-own-version',
    title: 'an update whose answer was lost is found to have happened, once',
    why: 'A write that is made again because its answer was lost counts twice.',
    needs: ['versions'],
    async run(context) {
      const { open, values, target } = context
      const numberOf = numbersOf(context, 4)
      const countUp = (old: unknown) => values.numbered(numberOf(old) + 1)
      const kinds = target.capabilities.sync ? ([true, false] as const) : ([false] as const)
      for (const isSync of kinds) {
        const { raw } = await open(isSync ? 'synchronous' : 'asynchronous')
        const losing = losesAnswers(raw, isSync)
        const cache = isSync
          ? new WriteThroughCache(losing as BackingStore<string, unknown>, { capacity: 10 })
          : new AsyncWriteThroughCache(losing, { capacity: 10 })
        for (let count = 1; count <= 3; count++) {
          const answer: unknown = await cache.update('key', countUp)
          checkSame(answer, values.numbered(count), `update number ${count}, whose answer was lost`)
        }
        checkSame(await raw.load('key'), values.numbered(3), 'load after three updates')
      }
    },
  },
  {
    id: 'claimed-by-one-process',
    title: 'of four processes that store the same keys if absent, at once, one succeeds for each key',
    why: 'A lock or a job that two processes hold at once is done twice, or half by each.',
    needs: ['versions', 'shared', 'persistent'],
    otherProcess: true,
    entries: 5,
    async run({ inAnotherProcess, open, values }) {
      const keys = Array.from({ length: 5 }, (_, index) => `key ${index}`)
      const claims = Array.from({ length: 4 }, (_, process) =>
        inAnotherProcess(
          keys.map((key) => ['storeIf', key, values.numbered(process), undefined, newVersion()] as const),
        ),
      )
      const answers = await Promise.all(claims)
      const store = await open()
      for (const [index, key] of keys.entries()) {
        const winners = answers.flatMap((ofProcess, process) => (ofProcess[index] === true ? [process] : []))
        check(winners.length === 1, `${key} was claimed by ${winners.length} of four processes`)
        checkSame(await store.load(key), values.numbered(winners[0]!), `load of ${key}`)
      }
    },
  },
]

/** Which number a value stands for; 0 when there is none. */
function numbersOf({ values }: Context, most: number): (value: unknown) => number {
  const known = Array.from({ length: most + 1 }, (_, number) => values.numbered(number))
  return (value) => {
    if (value === undefined) return 0
    const number = known.findIndex((candidate) => same(candidate, value))
    check(number !== -1, `expected a value that somebody stored, got ${display(value)}`)
    return number
  }
}

/** Over stores of their own where the target can have several open on one location. */
async function cachesOverOneStore(
  { open, target }: Context,
  count: number,
): Promise<AsyncWriteThroughCache<string, unknown>[]> {
  const first = await open()
  const caches: AsyncWriteThroughCache<string, unknown>[] = []
  for (let index = 0; index < count; index++) {
    const { raw } = index === 0 || !target.capabilities.shared ? first : await open()
    // Nothing of what it tells by `subscribe` is needed: an update asks the store.
    caches.push(new AsyncWriteThroughCache(raw, { capacity: 10, coherence: 'none' }))
  }
  return caches
}

/** The same store, each of whose conditional writes takes place and is then said to have an unknown outcome. */
function losesAnswers(
  raw: AsyncBackingStore<string, unknown>,
  isSync: boolean,
): AsyncBackingStore<string, unknown> {
  const lost = () => new StoreError('UNAVAILABLE', 'the answer was lost', { applied: 'unknown' })
  return {
    store: (key, value) => raw.store(key, value),
    load: (key) => raw.load(key),
    remove: (key) => raw.remove(key),
    loadVersioned: (key) => raw.loadVersioned!(key),
    removeIf: (key, expected) => raw.removeIf!(key, expected),
    storeIf(key, value, expected, version) {
      const answer = raw.storeIf!(key, value, expected, version)
      if (isSync) throw lost()
      return Promise.resolve(answer).then(() => {
        throw lost()
      })
    },
  }
}
