import { setTimeout as delay } from 'node:timers/promises'
import type { Case } from '../case.ts'
import { check, checkAbsent, checkSame } from '../check.ts'
import type { StoreUnderTest } from '../store-under-test.ts'
import { defineTopic, type TopicCase } from '../topic.ts'
import { leasesAmongOthers } from './leases-among-others.ts'

/** Longer than any case. */
const LONG_MS = 3_600_000
const SHORT_MS = 120
/** Clocks tell whole milliseconds, and the store's is another than this process's. */
const CLOCKS_DIFFER_MS = 5
const CALLS = 100

const alone: readonly Omit<TopicCase, 'needs'>[] = [
  {
    id: 'granted-once',
    title: 'a lease is granted to one holder, and not again while it lasts, to that one neither',
    why: 'Two who hold the lease of a key both compute what one should: the herd is back.',
    async run({ open }) {
      const store = await open()
      await granted(store, 'one')
      check(!(await store.acquireLease('key', 'two', LONG_MS)), 'another is granted a lease that lasts')
      check(!(await store.acquireLease('key', 'one', LONG_MS)), 'its holder is granted the lease again')
      check(!(await store.acquireLease('key', 'two', LONG_MS)), 'another is granted the lease, asking again')
    },
  },
  {
    id: 'granted-once-of-a-hundred',
    title: 'of a hundred who ask for a lease at once one is granted it',
    why: 'Looking and granting in two steps lets all pass who come between.',
    async run({ open }) {
      const store = await open()
      const asking = Array.from({ length: CALLS }, (_, index) =>
        store.acquireLease('key', `holder ${index}`, LONG_MS),
      )
      const holders = (await Promise.all(asking)).filter((isGranted) => isGranted).length
      check(holders === 1, `of ${CALLS} who asked at once ${holders} were granted the lease`)
    },
  },
  {
    id: 'each-key-its-own',
    title: 'each key has a lease of its own, whatever it looks like',
    why: 'A key that waits for the lease of another is computed late, or when that one is released twice.',
    async run({ open }) {
      const store = await open()
      for (const key of KEYS) {
        const isGranted = await store.acquireLease(key, `holder of ${key}`, LONG_MS)
        check(isGranted, `the lease of ${JSON.stringify(key)}, for which nobody has asked, is refused`)
      }
      await store.releaseLease('key', 'holder of key')
      for (const key of KEYS.filter((other) => other !== 'key')) {
        const isGranted = await store.acquireLease(key, 'another', LONG_MS)
        check(!isGranted, `the lease of ${JSON.stringify(key)} was released with that of "key"`)
      }
    },
  },
  {
    id: 'ends-by-itself',
    title: 'a lease that nobody releases lasts as long as it was asked for, and ends by itself',
    why: 'The key of a holder that died is never computed again; or it is computed twice by those who are only slow.',
    async run({ open }) {
      const store = await open()
      const since = performance.now()
      await granted(store, 'one', SHORT_MS)
      // That it ends is what the time limit of the case is for.
      while (!(await store.acquireLease('key', 'two', LONG_MS))) await delay(5)
      const lastedMs = performance.now() - since
      const isLongEnough = lastedMs > SHORT_MS - CLOCKS_DIFFER_MS
      check(isLongEnough, `a lease of ${SHORT_MS} ms was another's after ${lastedMs.toFixed(1)} ms`)
      check(!(await store.acquireLease('key', 'three', LONG_MS)), 'the next lease is granted twice')
    },
  },
  {
    id: 'released-early',
    title: 'a lease that its holder has released is granted to the next',
    why: 'Whoever could not compute the value holds all others up until its time is over.',
    async run({ open }) {
      const store = await open()
      await granted(store, 'one')
      await store.releaseLease('key', 'one')
      await granted(store, 'two')
      check(!(await store.acquireLease('key', 'one', LONG_MS)), 'the next lease is granted twice')
    },
  },
  {
    id: 'released-by-its-holder-alone',
    title: 'a lease is released by its holder alone: not by another, nor by one who had it before',
    why: 'A holder that was slow ends the lease of the next one, and a third computes beside it.',
    async run({ open }) {
      const store = await open()
      await store.releaseLease('key', 'nobody asked before')
      await granted(store, 'one', SHORT_MS)
      while (!(await store.acquireLease('key', 'two', LONG_MS))) await delay(5)
      await store.releaseLease('key', 'one')
      check(!(await store.acquireLease('key', 'three', LONG_MS)), 'who had the lease before has released it')
      await store.releaseLease('key', 'three')
      check(!(await store.acquireLease('key', 'three', LONG_MS)), 'another than its holder has released it')
    },
  },
  {
    id: 'is-no-entry',
    title: 'a lease is no entry, keeps nobody from writing its key, and is not ended by a write',
    why: 'What was only asked for is found as a value; or a write by another waits for a holder that died.',
    async run({ open, values }) {
      const store = await open()
      await granted(store, 'one')
      checkAbsent(await store.load('key'), 'load of a key that has a lease alone')
      if (store.raw.loadVersioned !== undefined) {
        checkAbsent(await store.loadVersioned('key'), 'loadVersioned of a key that has a lease alone')
      }
      if (store.raw.keys !== undefined) checkSame(await store.keys(), [], 'keys while there is a lease alone')
      check(!(await store.remove('key')), 'remove of a key that has a lease alone answers true')
      await store.store('key', values.numbered(1))
      checkSame(await store.load('key'), values.numbered(1), 'load after a store of a key with a lease')
      check(!(await store.acquireLease('key', 'two', LONG_MS)), 'a store has ended the lease of its key')
      check(await store.remove('key'), 'remove of an entry with a lease answers false')
      check(!(await store.acquireLease('key', 'two', LONG_MS)), 'a remove has ended the lease of its key')
      await store.store('key', values.numbered(2))
      await store.releaseLease('key', 'one')
      checkSame(await store.load('key'), values.numbered(2), 'load after the lease was released')
    },
  },
]

const full: TopicCase = {
  id: 'needs-no-room',
  title: 'a full store grants leases: they take the place of no entry',
  why: 'Of a full cache the keys that are not there are never computed.',
  needs: ['lease', 'maxEntries'],
  async run({ open, values, target, skip }) {
    const { maxEntries } = target.capabilities
    if (maxEntries! > 1000) skip('it would take too long to fill')
    const store = await open()
    await granted(store, 'one')
    for (let number = 0; number < maxEntries!; number++) {
      await store.store(`entry ${number}`, values.numbered(number))
    }
    check(await store.acquireLease('another key', 'one', LONG_MS), 'a full store refuses a lease')
  },
}

export const leases: readonly Case[] = defineTopic('lease', [
  ...alone.map((topicCase): TopicCase => ({ ...topicCase, needs: ['lease'] })),
  full,
  ...leasesAmongOthers,
])

/** Keys that a store may have put together its own names of. */
const KEYS = ['key', 'Key', 'key ', '', 'lease', 'key:lease', '{key}', 'a{key}', '}key{', '{}key', 'ключ']

async function granted(store: StoreUnderTest, holder: string, leaseMs: number = LONG_MS): Promise<void> {
  check(await store.acquireLease('key', holder, leaseMs), `a lease that nobody has is refused to ${holder}`)
}
