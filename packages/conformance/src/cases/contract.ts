import { setTimeout as delay } from 'node:timers/promises'
import type { Case } from '../case.ts'
import { check, checkAbsent, checkSame, failureOf, isTypeError } from '../check.ts'
import { display } from '../history.ts'
import { defineTopic } from '../topic.ts'
import { claimCases } from './contract-claims.ts'

/** More than a second: the shortest time that stores can usually be told to keep an entry for. */
const KEPT_MS = 1250
const PARTS = 4

export const contract: readonly Case[] = defineTopic('contract', [
  {
    id: 'absent-is-undefined',
    title: 'load of a key that was never stored answers undefined',
    why: 'A default value or an error where there is nothing makes every caller treat a miss as data.',
    async run({ open }) {
      const store = await open()
      checkAbsent(await store.load('absent'), 'load of a key that was never stored')
    },
  },
  {
    id: 'reads-its-writes',
    title: 'load answers the value that store took',
    why: 'What was acknowledged and cannot be read back is lost.',
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
    why: 'The old price, address or balance would be served for good.',
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
    why: 'One user would read what another one stored.',
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
    title: 'more than a thousand entries are held at once, or as many as the store claims',
    why: 'Structures that work for a few entries collide, overflow or drop silently when they grow.',
    async run({ open, values, target, forgetHistory }) {
      const { durability, maxEntries = Number.POSITIVE_INFINITY } = target.capabilities
      // Each of them waits for the disk where they have to survive a power cut.
      const count = Math.min(durability === 'power' ? 150 : 1100, maxEntries)
      const store = await open()
      for (let number = 0; number < count; number++) {
        await store.store(`key ${number}`, values.numbered(number))
        forgetHistory()
      }
      for (let number = 0; number < count; number++) {
        checkSame(
          await store.load(`key ${number}`),
          values.numbered(number),
          `load of key ${number} of ${count}, each stored by itself`,
        )
        forgetHistory()
      }
    },
  },
  {
    id: 'keeps-over-time',
    title: 'an entry that nobody touches is still there more than a second later',
    why: 'A store that drops what is old, or was not read for a while, is a cache: what it acknowledged is lost without an error.',
    async run({ open, values }) {
      const store = await open()
      await store.store('untouched', values.numbered(1))
      await store.store('read', values.numbered(2))
      for (let part = 0; part < PARTS; part++) {
        await delay(KEPT_MS / PARTS)
        checkSame(await store.load('read'), values.numbered(2), 'load of a key that is read all the time')
      }
      checkSame(await store.load('untouched'), values.numbered(1), 'load of a key that nobody touched')
    },
  },
  {
    id: 'removes',
    title: 'after remove the key is absent',
    why: 'Deleted data that is still served is a leak, and in many places against the law.',
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
    why: 'Callers count on the answer to claim a job or to report a 404.',
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
    why: 'A delete that takes a neighbour along loses data nobody named.',
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
    why: 'A tombstone that outlives the delete swallows every later write.',
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
    why: 'An older value that arrives last overwrites a newer one that was acknowledged.',
    peers: ['cacheable 2.5.0', 'bentocache 1.6.1'],
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
    why: 'A forgotten return would erase a value, or make absence look like presence.',
    async run({ open, values }) {
      const store = await open()
      await store.store('key', values.numbered(1))
      const error = await failureOf(() => store.store('key', undefined), 'store of undefined is a TypeError')
      check(isTypeError(error), `store of undefined is a TypeError, not ${display(error)}`)
      checkSame(await store.load('key'), values.numbered(1), 'load after a store of undefined was refused')
    },
  },
  {
    id: 'locations-are-apart',
    title: 'stores at two locations share nothing',
    why: 'Two tenants, or a test and production, would share their data.',
    async run({ open, values }) {
      const store = await open()
      const other = await open('another')
      await store.store('key', values.numbered(1))
      checkAbsent(await other.load('key'), 'load from a store at another location')
      await other.store('key', values.numbered(2))
      checkSame(await store.load('key'), values.numbered(1), 'load after a store at another location')
    },
  },
  ...claimCases,
])
