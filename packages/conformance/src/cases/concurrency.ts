import { StoreError } from '@wt/core'
import type { Case } from '../case.ts'
import { check, checkAbsent, checkSame, failureOf } from '../check.ts'
import { display } from '../history.ts'
import { same } from '../same.ts'
import { defineTopic } from '../topic.ts'
import { waitCases } from './concurrency-waits.ts'

const MANY = 100

export const concurrency: readonly Case[] = defineTopic('concurrency', [
  {
    id: 'hundred-writers',
    title: 'of a hundred stores of one key at once the last called is what remains',
    why: 'When the order is that of completion, an older value overwrites a newer one that was acknowledged.',
    peers: ['cacheable 2.5.0', 'bentocache 1.6.1'],
    answersLater: true,
    async run({ open, values }) {
      const store = await open()
      const order = Array.from({ length: MANY }, (_, number) => number)
      await Promise.all(order.map((number) => store.store('key', values.numbered(number))))
      const last = values.numbered(MANY - 1)
      checkSame(await store.load('key'), last, `load after ${MANY} stores of one key at once`)
    },
  },
  {
    id: 'hundred-keys',
    title: 'a hundred stores of as many keys at once are all there',
    why: 'A write queue with a bound loses what it acknowledged beyond it.',
    answersLater: true,
    entries: MANY,
    async run({ open, values, forgetHistory }) {
      const store = await open()
      const order = Array.from({ length: MANY }, (_, number) => number)
      await Promise.all(order.map((number) => store.store(`key ${number}`, values.numbered(number))))
      forgetHistory()
      const loaded = await Promise.all(order.map((number) => store.load(`key ${number}`)))
      for (const number of order) {
        const what = `load of key ${number} of ${MANY}, stored and loaded at once`
        checkSame(loaded[number], values.numbered(number), what)
      }
    },
  },
  {
    id: 'interleaved-keys',
    title: 'ten keys written ten times each, all at once, hold the last value of each',
    why: 'Calls that are merged by turn, and not by key, lose the writes of all keys but one.',
    answersLater: true,
    entries: 10,
    async run({ open, values }) {
      const store = await open()
      const order = Array.from({ length: 100 }, (_, number) => number)
      await Promise.all(order.map((number) => store.store(`key ${number % 10}`, values.numbered(number))))
      for (let key = 0; key < 10; key++) {
        checkSame(await store.load(`key ${key}`), values.numbered(90 + key), `load of key ${key} of 10`)
      }
    },
  },
  {
    id: 'one-remove-wins',
    title: 'of twenty removes of a key at once exactly one answers true',
    why: 'Whoever counts on a remove to claim a job, a coupon or a lock lets two claim it.',
    answersLater: true,
    async run({ open, values }) {
      const store = await open()
      await store.store('key', values.numbered(1))
      const answers = await Promise.all(Array.from({ length: 20 }, () => store.remove('key')))
      const winners = answers.filter(Boolean).length
      check(winners === 1, `of twenty removes of one key at once one answers true, and ${winners} did`)
      checkAbsent(await store.load('key'), 'load after twenty removes')
    },
  },
  {
    id: 'removes-know-what-was-stored',
    title: 'removes among stores of a key answer what the order of the calls says',
    why: 'A remove that looks before its turn reports as absent what it then removes.',
    answersLater: true,
    async run({ open, values }) {
      const store = await open()
      const [, first, second, , third] = await Promise.all([
        store.store('key', values.numbered(1)),
        store.remove('key'),
        store.remove('key'),
        store.store('key', values.numbered(2)),
        store.remove('key'),
      ])
      const answers = [first, second, third]
      checkSame(answers, [true, false, true], 'removes among stores: what the three of them answered')
      checkAbsent(await store.load('key'), 'load after the last remove')
    },
  },
  {
    id: 'late-load-brings-nothing-back',
    title: 'a load that was called before a store or remove does not undo it',
    why: 'A store that keeps what it loads keeps the old value, and every later reader gets it.',
    peers: ['cacheable 2.5.0', 'cache-manager 7.2.9', 'bentocache 1.6.1'],
    answersLater: true,
    async run({ open, values }) {
      const store = await open()
      for (let number = 0; number < 20; number += 2) {
        await store.store('key', values.numbered(number))
        await Promise.all([store.load('key'), store.store('key', values.numbered(number + 1))])
        const newer = values.numbered(number + 1)
        checkSame(await store.load('key'), newer, 'load after a load and a store at once')
        await Promise.all([store.load('key'), store.remove('key')])
        checkAbsent(await store.load('key'), 'load after a load and a remove at once')
      }
    },
  },
  {
    id: 'never-torn',
    title: 'a load during an overwrite answers the old value or the new one, whole',
    why: 'Half of one value and half of another is data that nobody wrote; what cannot be decoded is lost.',
    peers: ['unstorage 1.17.6 (fs)', 'bentocache 1.6.1 (file)'],
    answersLater: true,
    async run({ open, values }) {
      const store = await open()
      const large = [values.sized(300_000, 1), values.sized(500_000, 2)]
      await store.store('key', large[0])
      for (let round = 1; round <= 6; round++) {
        const storing = store.store('key', large[round % 2])
        const loads = Array.from({ length: 4 }, () => store.load('key'))
        for (const loaded of [...(await Promise.all(loads)), await storing.then(() => store.load('key'))]) {
          const isWhole = large.some((value) => same(value, loaded))
          check(isWhole, `load during an overwrite: expected one of two whole values, got ${display(loaded)}`)
        }
      }
    },
  },
  {
    id: 'never-back',
    title: 'who reads a key again and again while it is written never sees it go back',
    why: 'A counter or a balance that goes back is read, used, and written again.',
    answersLater: true,
    async run({ open, values }) {
      const store = await open()
      const order = Array.from({ length: 30 }, (_, number) => number)
      await store.store('key', values.numbered(0))
      let isWriting = true
      const writing = (async () => {
        for (const number of order) await store.store('key', values.numbered(number))
      })().finally(() => {
        isWriting = false
      })
      writing.catch(() => {
        // Awaited at the end; a case that fails before must not leave it unhandled.
      })
      let newest = 0
      while (isWriting) {
        const loaded = await store.load('key')
        const number = order.findIndex((candidate) => same(loaded, values.numbered(candidate)))
        check(number !== -1, `load while a key is written: expected a value stored, got ${display(loaded)}`)
        check(number >= newest, `load while a key is written: ${number} was read after ${newest}`)
        newest = number
        await new Promise((resolve) => setImmediate(resolve))
      }
      await writing
    },
  },
  {
    id: 'a-refusal-holds-up-nobody',
    title: 'a call that is refused does not fail or delay those called after it',
    why: 'A queue that stays rejected after one bad call refuses everything until the process is restarted.',
    answersLater: true,
    async run({ open, values }) {
      const store = await open()
      const refused = failureOf(() => store.store('key', undefined), 'store of undefined is a TypeError')
      const answers = await Promise.allSettled([
        store.store('key', values.numbered(1)),
        store.store('other', values.numbered(2)),
        store.load('key'),
      ])
      await refused
      for (const answer of answers) {
        if (answer.status === 'fulfilled') continue
        check(false, `a call made after one that was refused failed too: ${display(answer.reason)}`)
      }
      checkSame(await store.load('key'), values.numbered(1), 'load of the same key')
      checkSame(await store.load('other'), values.numbered(2), 'load of another key')
    },
  },
  {
    id: 'queued-values-are-copies',
    title: 'values that are changed while their calls wait in line are stored as they were at the call',
    why: 'A buffer that is reused for the next message changes the messages before it.',
    answersLater: true,
    values: ['json', 'structured', 'bytes'],
    entries: 8,
    async run({ open, values }) {
      const store = await open()
      const storing: Promise<void>[] = []
      for (let number = 0; number < 8; number++) {
        const value = values.numbered(number)
        storing.push(store.store(`key ${number}`, value))
        values.change(value)
      }
      await Promise.all(storing)
      for (let number = 0; number < 8; number++) {
        const what = `load of value ${number} of 8, changed while it waited to be stored`
        checkSame(await store.load(`key ${number}`), values.numbered(number), what)
      }
    },
  },
  {
    id: 'batches-keep-order',
    title: 'of batches that name the same keys at once the last called is what remains, for each key',
    why: 'Two imports at once leave a mixture of old and new that neither of them wrote.',
    needs: ['batch'],
    answersLater: true,
    entries: 5,
    async run({ open, values }) {
      const store = await open()
      const keys = Array.from({ length: 5 }, (_, number) => `key ${number}`)
      const batch = (round: number) =>
        store.storeMany(keys.slice(round % 2).map((key) => [key, values.numbered(round)]))
      await Promise.all(Array.from({ length: 12 }, (_, round) => batch(round)))
      for (const [index, key] of keys.entries()) {
        const last = index === 0 ? 10 : 11
        checkSame(await store.load(key), values.numbered(last), `load of ${key} after twelve batches at once`)
      }
    },
  },
  {
    id: 'close-settles-every-call',
    title: 'every call on its way at close is answered, and what was acknowledged is there',
    why: 'At shutdown a call that is never answered hangs the process, and one answered wrongly loses the last write.',
    answersLater: true,
    entries: 20,
    async run({ open, values, target, skip }) {
      const store = await open()
      if (typeof store.raw.close !== 'function') skip('the store has no close')
      const keys = Array.from({ length: 20 }, (_, number) => `key ${number}`)
      const calls = Promise.allSettled(keys.map((key, number) => store.store(key, values.numbered(number))))
      await store.close()
      const outcomes = await calls
      for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled') continue
        const what = `a store call overtaken by close is a StoreError, got ${display(outcome.reason)}`
        check(StoreError.is(outcome.reason), what)
      }
      if (!target.capabilities.persistent) return
      const again = await open()
      for (const [number, outcome] of outcomes.entries()) {
        const loaded = await again.load(keys[number]!)
        const value = values.numbered(number)
        const what = `load of ${keys[number]} after a reopen`
        if (outcome.status === 'fulfilled') checkSame(loaded, value, `${what}: it was acknowledged`)
        else if (outcome.reason.applied === 'no') checkAbsent(loaded, `${what}: it failed, applied 'no'`)
      }
    },
  },
  ...waitCases,
])
