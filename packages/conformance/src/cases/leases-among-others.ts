import { setTimeout as delay } from 'node:timers/promises'
import { AsyncWriteThroughCache } from '@wt/core'
import { check, checkSame } from '../check.ts'
import type { TopicCase } from '../topic.ts'

const LONG_MS = 3_600_000
const SHORT_MS = 500
const CACHES = 8

/** Cases of the topic lease that take more than one store: other processes, and the caches. */
export const leasesAmongOthers: readonly TopicCase[] = [
  {
    id: 'one-of-many-caches-produces',
    title: 'of eight caches that miss a key at once one produces, and the others answer its value',
    why: 'It is what leases are for.',
    needs: ['lease', 'versions'],
    async run({ open, values, target }) {
      const stores = [await open()]
      while (target.capabilities.shared && stores.length < CACHES) stores.push(await open())
      let produced = 0
      const produce = async () => {
        const value = values.numbered(++produced)
        await delay(20)
        return value
      }
      const answers = Array.from({ length: CACHES }, async (_, index) => {
        const { raw } = stores[index % stores.length]!
        // Nothing of what it tells by `subscribe` is needed: who waits asks the store.
        const cache = new AsyncWriteThroughCache(raw, {
          capacity: 10,
          coherence: 'none',
          leaseMs: LONG_MS,
        })
        return cache.getOrPut('key', produce) as Promise<unknown>
      })
      for (const answer of await Promise.all(answers)) {
        checkSame(answer, values.numbered(1), 'getOrPut of a key that eight caches miss at once')
      }
      check(produced === 1, `produce was called ${produced} times`)
      checkSame(await stores[0]!.load('key'), values.numbered(1), 'load afterwards')
    },
  },
  {
    id: 'granted-to-one-process',
    title: 'of three processes that ask for the same leases, at once, one is granted each',
    why: 'Processes are what leases are shared by.',
    needs: ['lease', 'shared', 'persistent'],
    otherProcess: true,
    async run({ inAnotherProcess }) {
      const keys = ['one key', 'another key']
      const asking = Array.from({ length: 3 }, (_, process) =>
        inAnotherProcess(keys.map((key) => ['acquireLease', key, `process ${process}`, LONG_MS] as const)),
      )
      const answers = await Promise.all(asking)
      for (const [index, key] of keys.entries()) {
        const holders = answers.filter((ofProcess) => ofProcess[index] === true).length
        check(holders === 1, `the lease of ${key} was granted to ${holders} of three processes`)
      }
    },
  },
  {
    id: 'outlives-its-process',
    title: 'a lease of a process that was killed lasts as long as it was asked for, and ends by itself',
    why: 'A process that dies while it computes holds the others up for ever; or, restarted, computes what another does.',
    needs: ['lease', 'shared', 'persistent'],
    otherProcess: true,
    async run({ inAnotherProcess, open }) {
      const calls = [
        ['acquireLease', 'long', 'dead', LONG_MS],
        ['acquireLease', 'short', 'dead', SHORT_MS],
      ] as const
      checkSame(await inAnotherProcess(calls, { isKilled: true }), [true, true], 'leases in another process')
      const store = await open()
      check(!(await store.acquireLease('long', 'next', LONG_MS)), 'a lease has ended with its process')
      while (!(await store.acquireLease('short', 'next', LONG_MS))) await delay(10)
    },
  },
]
