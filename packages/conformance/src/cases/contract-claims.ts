import nodeFs from 'node:fs'
import { type Durability, newVersion } from '@wt/core'
import { check, checkSame, failureOf } from '../check.ts'
import { display } from '../history.ts'
import type { TopicCase } from '../topic.ts'

const RANK: Record<Durability, number> = { none: 0, process: 1, power: 2 }

/** The cases of the topic contract that hold a store against what its target claims. */
export const claimCases: readonly TopicCase[] = [
  {
    id: 'rejects-rather-than-throws',
    answersLater: true,
    title: 'a store that answers later rejects what it refuses, and does not throw',
    why: 'An error that is thrown where a promise is awaited goes past the handler and ends the process.',
    async run({ open, skip }) {
      const store = await open()
      await store.load('key')
      const loading: unknown = store.raw.load('key')
      if (!isThenable(loading)) skip('the store answers at once')
      await loading
      let answer: unknown
      try {
        answer = store.raw.store('key', undefined)
      } catch (error) {
        // Thrown, not rejected: a caller that only handles the promise misses it.
        check(false, `store of undefined was thrown and not rejected: ${display(error)}`)
      }
      await failureOf(() => answer, 'store of undefined is a TypeError')
    },
  },
  {
    id: 'sync-answers-at-once',
    title: 'a synchronous store returns no promise',
    why: 'A synchronous cache that is given a promise caches the promise as the value.',
    needs: ['sync'],
    async run({ open, values }) {
      const store = await open()
      const { raw } = store
      const calls: [string, () => unknown][] = [
        ['store', () => raw.store('key', values.numbered(1))],
        ['store of 100,000 bytes', () => raw.store('large', values.sized(100_000))],
        ['load of 100,000 bytes', () => raw.load('large')],
        ['remove of 100,000 bytes', () => raw.remove('large')],
        ['load', () => raw.load('key')],
        ['remove', () => raw.remove('key')],
        ['storeMany', () => raw.storeMany?.([['key', values.numbered(2)]])],
        ['loadMany', () => raw.loadMany?.(['key'])],
        ['removeMany', () => raw.removeMany?.(['key'])],
        ['keys', () => raw.keys?.()],
        ['revision', () => raw.revision?.()],
        ['loadVersioned', () => raw.loadVersioned?.('key')],
        ['storeIf', () => raw.storeIf?.('key', values.numbered(3), undefined, newVersion())],
        ['removeIf', () => raw.removeIf?.('key', newVersion())],
        ['close', () => raw.close?.()],
      ]
      for (const [method, call] of calls) {
        let answer: unknown
        await store.call(`${method}()`, () => {
          answer = call()
          return answer
        })
        check(
          !isThenable(answer) && !isAsyncIterable(answer),
          `the target claims sync, but ${method} answers ${display(answer)}`,
        )
      }
    },
  },
  {
    id: 'claimed-methods-exist',
    title: 'a store has the methods of what its target claims',
    why: 'A capability that is claimed and missing fails in production, at the first call.',
    async run({ open, target: { capabilities } }) {
      const { raw } = await open()
      const owed = [
        ...(['store', 'load', 'remove'] as const),
        ...(capabilities.batch ? (['storeMany'] as const) : []),
        ...(capabilities.keys ? (['keys'] as const) : []),
        ...(capabilities.revision ? (['revision'] as const) : []),
        ...(capabilities.subscribe ? (['subscribe'] as const) : []),
        ...(capabilities.versions ? (['loadVersioned', 'storeIf', 'removeIf'] as const) : []),
        ...(capabilities.lease ? (['acquireLease', 'releaseLease'] as const) : []),
      ]
      const missing = owed.filter((method) => typeof raw[method] !== 'function')
      check(missing.length === 0, `the store lacks ${missing.join(', ')}, which its target claims`)
    },
  },
  {
    id: 'durability-is-a-word-of-the-contract',
    title: 'a store that states its durability says none, process or power',
    why: 'A word that nobody knows is read by everyone as they like.',
    async run({ open }) {
      const { durability } = (await open()).raw
      const isWord = durability === undefined || Object.hasOwn(RANK, durability)
      check(isWord, `durability is none, process or power, not ${display(durability)}`)
    },
  },
  {
    id: 'durability-is-not-less-than-claimed',
    title: 'a store that states its durability states no less than its target claims',
    why: 'Who relies on the claim loses with the power what was acknowledged.',
    peers: ['keyv-file', 'better-sqlite3 in WAL as it comes', 'cacache 20.0.4'],
    needs: ['durability'],
    async run({ open, target: { capabilities } }) {
      const { durability } = (await open()).raw
      if (durability === undefined) return
      const claimed = capabilities.durability!
      check(
        RANK[durability] >= RANK[claimed],
        `the target claims durability '${claimed}', and the store says '${durability}'`,
      )
    },
  },
  {
    id: 'works-on-the-file-system-it-is-given',
    title: 'a store that takes a file system works on the one it is given',
    why: 'What is tried on the simulated disk would say nothing of the real one.',
    needs: ['fileSystem'],
    async run({ open, values, target }) {
      let calls = 0
      const counting: ProxyHandler<object> = {
        get(fileSystem, name) {
          const member: unknown = Reflect.get(fileSystem, name)
          if (typeof member === 'function') calls++
          return member
        },
      }
      const fileSystem = new Proxy(target.capabilities.sync ? nodeFs : nodeFs.promises, counting)
      const store = await open('store', { fileSystem })
      calls = 0
      await store.store('key', values.numbered(1))
      check(calls > 0, 'store used nothing of the file system that open was given')
      calls = 0
      checkSame(await store.load('key'), values.numbered(1), 'load')
      check(calls > 0, 'load used nothing of the file system that open was given')
    },
  },
]

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | undefined | null)?.then === 'function'
}

function isAsyncIterable(value: unknown): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    Symbol.asyncIterator in value &&
    !(Symbol.iterator in value)
  )
}
