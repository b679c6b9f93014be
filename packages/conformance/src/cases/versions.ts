import { newVersion } from '@wt/core'
import type { Case } from '../case.ts'
import { check, checkAbsent, checkFails, checkSame, failureOf, isTypeError } from '../check.ts'
import { display } from '../history.ts'
import type { StoreUnderTest } from '../store-under-test.ts'
import { defineTopic, type TopicCase } from '../topic.ts'
import { versionsAmongOthers } from './versions-among-others.ts'

const alone: readonly Omit<TopicCase, 'needs'>[] = [
  {
    id: 'loads-with-version',
    title: 'loadVersioned answers the value and a version, which stays while nobody writes the key',
    why: 'A version that changes by itself refuses every write that depends on it, for ever.',
    async run({ open, values }) {
      const store = await open()
      checkAbsent(await store.loadVersioned('key'), 'loadVersioned of an absent key')
      await store.store('key', values.numbered(1))
      const first = await store.loadVersioned('key')
      checkSame(first?.value, values.numbered(1), 'the value of loadVersioned')
      await store.load('key')
      await store.store('other', values.numbered(2))
      await store.remove('other')
      const second = await store.loadVersioned('key')
      checkSame(second, first, 'loadVersioned once more, with no write of the key between')
    },
  },
  {
    id: 'every-write-changes-it',
    title: 'every write gives its entry a version that the key never had, also one of the same value',
    why: 'A version that comes back takes an entry that others have replaced for the one that was read.',
    async run({ open, values }) {
      const store = await open()
      const seen = new Map<string, string>()
      const value = values.numbered(1)
      const note = async (after: string) => {
        const { version } = await versioned(store)
        check(!seen.has(version), `the version after ${after} is the one after ${seen.get(version)}`)
        seen.set(version, after)
      }
      await store.store('key', value)
      await note('store')
      await store.store('key', value)
      await note('a store of the same value')
      await store.remove('key')
      await store.store('key', value)
      await note('a remove and a store')
      await store.removeIf('key', (await versioned(store)).version)
      await store.store('key', value)
      await note('a removeIf and a store')
      await store.storeIf('key', value, (await versioned(store)).version, newVersion())
      await note('storeIf')
    },
  },
  {
    id: 'stores-if-unchanged',
    title: 'storeIf with the version that is there stores, and gives the entry the version it was handed',
    why: 'A writer whose answer was lost knows by its own version whether its write took place.',
    async run({ open, values }) {
      const store = await open()
      await store.store('key', values.numbered(1))
      const { version } = await versioned(store)
      const next = newVersion()
      check(
        await store.storeIf('key', values.numbered(2), version, next),
        'storeIf of the version that is there',
      )
      checkSame(await store.load('key'), values.numbered(2), 'load after storeIf')
      checkSame(
        await versioned(store),
        { value: values.numbered(2), version: next },
        'loadVersioned after it',
      )
    },
  },
  {
    id: 'refuses-what-was-overtaken',
    title: 'storeIf with a version that was overwritten answers false, and changes nothing',
    why: 'The write of whoever came between is lost: a count, a booking, a balance.',
    async run({ open, values }) {
      const store = await open()
      await store.store('key', values.numbered(1))
      const { version } = await versioned(store)
      await store.store('key', values.numbered(2))
      const before = await versioned(store)
      const answer = await store.storeIf('key', values.numbered(3), version, newVersion())
      check(!answer, 'storeIf of a version that was overwritten answers true')
      checkSame(await versioned(store), before, 'loadVersioned after a storeIf that was refused')
    },
  },
  {
    id: 'stores-if-absent',
    title: 'storeIf that expects no entry stores where there is none, and changes nothing where there is one',
    why: 'Of two who claim a name, a job or a lock at once both are told that it is theirs.',
    async run({ open, values }) {
      const store = await open()
      const version = newVersion()
      check(
        await store.storeIf('key', values.numbered(1), undefined, version),
        'storeIf where there is no entry',
      )
      const answer = await store.storeIf('key', values.numbered(2), undefined, newVersion())
      check(!answer, 'storeIf that expects no entry answers true where there is one')
      const held = { value: values.numbered(1), version }
      checkSame(await versioned(store), held, 'loadVersioned after a storeIf that was refused')
    },
  },
  {
    id: 'refuses-what-is-gone',
    title:
      'storeIf and removeIf with the version of an entry that was removed answer false, and bring nothing back',
    why: 'What one process has deleted another brings back with its next update.',
    async run({ open, values }) {
      const store = await open()
      await store.store('key', values.numbered(1))
      const { version } = await versioned(store)
      await store.remove('key')
      const answer = await store.storeIf('key', values.numbered(2), version, newVersion())
      check(!answer, 'storeIf of the version of a removed entry answers true')
      check(!(await store.removeIf('key', version)), 'removeIf of a removed entry answers true')
      checkAbsent(await store.load('key'), 'load of the removed key')
    },
  },
  {
    id: 'removes-if-unchanged',
    title: 'removeIf removes the version that is there, and no other',
    why: 'A value that was written a moment ago goes with the outdated one that was to be removed.',
    async run({ open, values }) {
      const store = await open()
      await store.store('key', values.numbered(1))
      const { version } = await versioned(store)
      await store.store('key', values.numbered(2))
      check(
        !(await store.removeIf('key', version)),
        'removeIf of a version that was overwritten answers true',
      )
      checkSame(await store.load('key'), values.numbered(2), 'load after a removeIf that was refused')
      check(
        await store.removeIf('key', (await versioned(store)).version),
        'removeIf of the version that is there',
      )
      checkAbsent(await store.load('key'), 'load after removeIf')
    },
  },
  {
    id: 'batches-change-it',
    title: 'storeMany and removeMany change the versions of their keys',
    why: 'An import that leaves the versions is overwritten by whoever read before it.',
    async run({ open, values, skip }) {
      const store = await open()
      if (store.raw.storeMany === undefined) skip('the store has no storeMany')
      await store.store('key', values.numbered(1))
      const first = (await versioned(store)).version
      await store.storeMany([['key', values.numbered(1)]])
      const second = (await versioned(store)).version
      check(first !== second, 'storeMany left the version of its key as it was')
      if (store.raw.removeMany === undefined) return
      await store.removeMany(['key'])
      await store.store('key', values.numbered(1))
      const third = (await versioned(store)).version
      check(third !== first && third !== second, 'removeMany and a store brought a version back')
    },
  },
  {
    id: 'falsy',
    title: 'falsy and empty values have versions like any other',
    why: 'Zero, an empty text or null is taken for absent, and overwritten by whoever puts if absent.',
    async run({ open, values }) {
      const store = await open()
      for (const { name, value } of values.falsy()) {
        await store.store('key', value)
        const { value: loaded, version } = await versioned(store)
        checkSame(loaded, value, `loadVersioned of ${name}`)
        const isTaken = await store.storeIf('key', values.numbered(1), undefined, newVersion())
        check(!isTaken, `storeIf that expects no entry answers true where there is ${name}`)
        check(await store.storeIf('key', value, version, newVersion()), `storeIf of the version of ${name}`)
        check(await store.removeIf('key', (await versioned(store)).version), `removeIf of ${name}`)
      }
    },
  },
  {
    id: 'copies',
    title: 'values of storeIf and loadVersioned share no memory with the store',
    why: 'An object that is changed later changes what is stored, under a version that says otherwise.',
    values: ['json', 'structured', 'bytes'],
    async run({ open, values }) {
      const store = await open()
      const value = values.numbered(1)
      const storing = store.storeIf('key', value, undefined, newVersion())
      values.change(value)
      await storing
      const { value: loaded } = await versioned(store)
      checkSame(loaded, values.numbered(1), 'loadVersioned after the value was changed behind the call')
      values.change(loaded)
      checkSame(
        (await versioned(store)).value,
        values.numbered(1),
        'loadVersioned after what it answered was changed',
      )
    },
  },
  {
    id: 'undefined-is-no-value',
    title: 'storeIf of undefined is a TypeError, and changes nothing',
    why: 'undefined means absent: stored, it is an entry that is there and is not.',
    async run({ open, values }) {
      const store = await open()
      await store.store('key', values.numbered(1))
      const { version } = await versioned(store)
      const storing = () => store.storeIf('key', undefined, version, newVersion())
      const error = await failureOf(storing, 'storeIf of undefined is a TypeError')
      check(isTypeError(error), `storeIf of undefined is a TypeError, not ${display(error)}`)
      checkSame(await versioned(store), { value: values.numbered(1), version }, 'loadVersioned afterwards')
    },
  },
]

const full: TopicCase = {
  id: 'full',
  title: 'storeIf of a new key beyond maxEntries is STORE_FULL, and of one that is there is fine',
  why: 'The conditional write goes past the bound, or a full store freezes every value.',
  needs: ['versions', 'maxEntries'],
  async run({ open, values, target, skip }) {
    const { maxEntries } = target.capabilities
    if (maxEntries! > 1000) skip('it would take too long to fill')
    const store = await open()
    for (let number = 0; number < maxEntries!; number++) {
      await store.storeIf(
        number === 0 ? 'key' : `key ${number}`,
        values.numbered(number),
        undefined,
        newVersion(),
      )
    }
    const beyond = () => store.storeIf('beyond', values.numbered(-1), undefined, newVersion())
    await checkFails(
      beyond,
      { code: 'STORE_FULL', applied: 'no', key: 'beyond' },
      'storeIf beyond maxEntries',
    )
    checkAbsent(await store.load('beyond'), 'load of the key that was refused')
    const { version } = await versioned(store)
    check(
      await store.storeIf('key', values.numbered(-2), version, newVersion()),
      'storeIf of a key that is there',
    )
  },
}

export const versions: readonly Case[] = defineTopic('versions', [
  ...alone.map((topicCase): TopicCase => ({ ...topicCase, needs: ['versions'] })),
  full,
  ...versionsAmongOthers,
])

/** What loadVersioned answers of the key `key`, which has to be there. */
async function versioned(store: StoreUnderTest): Promise<{ value: unknown; version: string }> {
  const found = await store.loadVersioned('key')
  check(found !== undefined, 'loadVersioned of a key that is there answers undefined')
  return found
}
