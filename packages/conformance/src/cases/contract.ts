import nodeFs from 'node:fs'
import type { Durability } from '@wt/core'
import type { Case } from '../case.ts'
import { check, checkAbsent, checkSame, failureOf, isTypeError } from '../check.ts'
import { display } from '../history.ts'
import { defineTopic } from '../topic.ts'

const RANK: Record<Durability, number> = { none: 0, process: 1, power: 2 }

export const contract: readonly Case[] = defineTopic('contract', [
  {
    id: 'absent-is-undefined',
    title: 'load of a key that was never stored answers undefined',
    async run({ open }) {
      const store = await open()
      checkAbsent(await store.load('absent'), 'load of a key that was never stored')
    },
  },
  {
    id: 'reads-its-writes',
    title: 'load answers the value that store took',
    async run({ open, values }) {
      const store = await open()
      await store.store('key', values.numbered(1))
      checkSame(await store.load('key'), values.numbered(1), 'load after store')
      checkSame(await store.load('key'), values.numbered(1), 'a second load after store')
    },
  },
  {
    id: 'overwrites',
    title: 'a second store of a key takes the place of the first',
    async run({ open, values }) {
      const store = await open()
      await store.store('key', values.numbered(1))
      await store.store('key', values.numbered(2))
      checkSame(await store.load('key'), values.numbered(2), 'load after the second store')
    },
  },
  {
    id: 'keeps-keys-apart',
    title: 'a store of one key leaves the others as they are',
    async run({ open, values }) {
      const store = await open()
      await store.store('one', values.numbered(1))
      await store.store('two', values.numbered(2))
      checkSame(await store.load('one'), values.numbered(1), 'load of the key stored before')
      checkSame(await store.load('two'), values.numbered(2), 'load of the key stored last')
    },
  },
  {
    id: 'holds-many',
    title: 'forty entries are held at once',
    entries: 40,
    async run({ open, values }) {
      const store = await open()
      for (let number = 0; number < 40; number++) await store.store(`key ${number}`, values.numbered(number))
      for (let number = 0; number < 40; number++) {
        checkSame(await store.load(`key ${number}`), values.numbered(number), `load of key ${number} of 40`)
      }
    },
  },
  {
    id: 'removes',
    title: 'after remove the key is absent',
    async run({ open, values }) {
      const store = await open()
      await store.store('key', values.numbered(1))
      await store.remove('key')
      checkAbsent(await store.load('key'), 'load after remove')
    },
  },
  {
    id: 'remove-tells-whether-it-existed',
    title: 'remove answers true for a key that existed, else false',
    async run({ open, values }) {
      const store = await open()
      check((await store.remove('never stored')) === false, 'remove of a key never stored answers false')
      await store.store('key', values.numbered(1))
      check((await store.remove('key')) === true, 'remove of a key that exists answers true')
      check((await store.remove('key')) === false, 'a second remove of a key answers false')
    },
  },
  {
    id: 'remove-leaves-others',
    title: 'a remove takes away no other key',
    async run({ open, values }) {
      const store = await open()
      await store.store('one', values.numbered(1))
      await store.store('two', values.numbered(2))
      await store.remove('two')
      checkSame(await store.load('one'), values.numbered(1), 'load of the key that was not removed')
    },
  },
  {
    id: 'stores-again-after-remove',
    title: 'a key that was removed can be stored again',
    async run({ open, values }) {
      const store = await open()
      await store.store('key', values.numbered(1))
      await store.remove('key')
      await store.store('key', values.numbered(2))
      checkSame(await store.load('key'), values.numbered(2), 'load after store, remove, store')
    },
  },
  {
    id: 'keeps-order',
    title: 'calls for one key that do not wait for each other take effect in their order',
    async run({ open, values }) {
      const store = await open()
      const pending: unknown[] = []
      for (let number = 0; number < 6; number++) {
        pending.push(store.store('key', values.numbered(number)))
        if (number === 3) pending.push(store.remove('key'))
      }
      await Promise.all(pending)
      checkSame(await store.load('key'), values.numbered(5), 'load after six stores at once')
      await Promise.all([store.store('key', values.numbered(6)), store.remove('key')])
      checkAbsent(await store.load('key'), 'load after a store and a remove at once')
    },
  },
  {
    id: 'undefined-is-no-value',
    title: 'store of undefined is a TypeError and leaves the old value',
    async run({ open, values }) {
      const store = await open()
      await store.store('key', values.numbered(1))
      const error = await failureOf(() => store.store('key', undefined), 'store of undefined is a TypeError')
      check(isTypeError(error), `store of undefined is a TypeError, not ${display(error)}`)
      checkSame(await store.load('key'), values.numbered(1), 'load after a store of undefined was refused')
    },
  },
  {
    id: 'rejects-rather-than-throws',
    title: 'a store that answers later rejects what it refuses, and does not throw',
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
    needs: ['sync'],
    async run({ open, values }) {
      const store = await open()
      const { raw } = store
      const calls: [string, () => unknown][] = [
        ['store', () => raw.store('key', values.numbered(1))],
        ['load', () => raw.load('key')],
        ['remove', () => raw.remove('key')],
        ['storeMany', () => raw.storeMany?.([['key', values.numbered(2)]])],
        ['loadMany', () => raw.loadMany?.(['key'])],
        ['removeMany', () => raw.removeMany?.(['key'])],
        ['keys', () => raw.keys?.()],
        ['revision', () => raw.revision?.()],
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
    async run({ open, target: { capabilities } }) {
      const { raw } = await open()
      const owed = [
        ...(['store', 'load', 'remove'] as const),
        ...(capabilities.batch ? (['storeMany'] as const) : []),
        ...(capabilities.keys ? (['keys'] as const) : []),
        ...(capabilities.revision ? (['revision'] as const) : []),
        ...(capabilities.subscribe ? (['subscribe'] as const) : []),
      ]
      const missing = owed.filter((method) => typeof raw[method] !== 'function')
      check(missing.length === 0, `the store lacks ${missing.join(', ')}, which its target claims`)
    },
  },
  {
    id: 'durability-is-not-less-than-claimed',
    title: 'a store that states its durability states no less than its target claims',
    needs: ['durability'],
    async run({ open, target: { capabilities } }) {
      const { durability } = (await open()).raw
      if (durability === undefined) return
      check(durability in RANK, `durability is none, process or power, not ${display(durability)}`)
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
  {
    id: 'locations-are-apart',
    title: 'stores at two locations share nothing',
    async run({ open, values }) {
      const store = await open()
      const other = await open('another')
      await store.store('key', values.numbered(1))
      checkAbsent(await other.load('key'), 'load from a store at another location')
      await other.store('key', values.numbered(2))
      checkSame(await store.load('key'), values.numbered(1), 'load after a store at another location')
    },
  },
])

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
