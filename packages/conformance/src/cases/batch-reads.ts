import type { AsyncBackingStore } from '@wt/core'
import type { Context } from '../case.ts'
import { check, checkAbsent, checkSame } from '../check.ts'
import type { StoreUnderTest } from '../store-under-test.ts'
import type { TopicCase } from '../topic.ts'
import type { Values } from '../values.ts'

/** More than the parameters of one statement in some databases. */
const MANY = 1100

export const loadManyCases: readonly TopicCase[] = [
  {
    id: 'load-finds-what-exists',
    title: 'loadMany answers the keys that exist and no other',
    why: 'Absent keys that come back as undefined, or shift the others, give values to the wrong key.',
    needs: ['batch'],
    async run(context) {
      const { values } = context
      const store = await openWith('loadMany', context)
      await store.store('one', values.numbered(1))
      await store.store('two', values.numbered(2))
      const found = await store.loadMany(['one', 'absent', 'two'])
      checkSame([...found.keys()].sort(), ['one', 'two'], 'the keys that loadMany found')
      checkSame(found.get('one'), values.numbered(1), 'what loadMany found for the first key')
      checkSame(found.get('two'), values.numbered(2), 'what loadMany found for the last key')
    },
  },
  {
    id: 'load-finds-falsy',
    title: 'loadMany finds values that are falsy or empty',
    why: 'A zero that is left out of the answer reads as a miss.',
    needs: ['batch'],
    async run(context) {
      const store = await openWith('loadMany', context)
      for (const { name, value } of context.values.falsy()) {
        await store.store('key', value)
        const found = await store.loadMany(['key'])
        check(found.has('key'), `loadMany has to find a key that holds ${name}`)
        checkSame(found.get('key'), value, `what loadMany found, ${name}`)
      }
    },
  },
  {
    id: 'load-any-iterable',
    title: 'loadMany takes any iterable, no key and one key twice',
    why: 'A second pass over a generator finds nothing, and every key is a miss.',
    needs: ['batch'],
    async run(context) {
      const { values } = context
      const store = await openWith('loadMany', context)
      await store.store('key', values.numbered(1))
      checkSame((await store.loadMany([])).size, 0, 'the size of what loadMany finds for no key')
      const found = await store.loadMany(twice('key'))
      checkSame([...found], [['key', values.numbered(1)]], 'what loadMany finds for a key given twice')
    },
  },
  {
    id: 'load-thousands',
    title: `loadMany finds ${MANY} keys at once`,
    why: 'Beyond a limit of the engine the rest of the keys are misses.',
    needs: ['batch'],
    entries: MANY,
    async run(context) {
      const { values } = context
      const store = await openWith('loadMany', context)
      const entries = manyEntries(values)
      await store.storeMany(entries)
      const found = await store.loadMany(new Set(entries.map(([key]) => key)))
      checkSame(found.size, MANY, 'how many of the keys loadMany found')
      for (const [key, value] of entries) checkSame(found.get(key), value, `what loadMany found for ${key}`)
    },
  },
]

export const removeManyCases: readonly TopicCase[] = [
  {
    id: 'remove-counts-what-existed',
    title: 'removeMany removes the keys and answers how many existed',
    why: 'A count that is wrong hides that nothing was deleted.',
    needs: ['batch'],
    entries: 3,
    async run(context) {
      const { values } = context
      const store = await openWith('removeMany', context)
      for (const [number, key] of ['one', 'two', 'kept'].entries())
        await store.store(key, values.numbered(number))
      checkSame(await store.removeMany(['one', 'absent', 'two']), 2, 'how many keys removeMany found')
      checkAbsent(await store.load('one'), 'load of the first key that was removed')
      checkAbsent(await store.load('two'), 'load of the last key that was removed')
      checkSame(await store.load('kept'), values.numbered(2), 'load of the key that was not removed')
    },
  },
  {
    id: 'remove-any-iterable',
    title: 'removeMany takes any iterable, no key, and counts a key given twice once',
    why: 'A second pass over a generator deletes nothing, and says so of all.',
    needs: ['batch'],
    async run(context) {
      const store = await openWith('removeMany', context)
      await store.store('key', context.values.numbered(1))
      checkSame(await store.removeMany([]), 0, 'how many keys removeMany found for no key')
      checkSame(
        await store.removeMany(twice('key')),
        1,
        'how many keys removeMany found for a key given twice',
      )
      checkAbsent(await store.load('key'), 'load of a key that was removed twice at once')
    },
  },
  {
    id: 'remove-thousands',
    title: `removeMany removes ${MANY} keys at once`,
    why: 'Beyond a limit of the engine the rest is not deleted.',
    needs: ['batch'],
    entries: MANY,
    async run(context) {
      const store = await openWith('removeMany', context)
      const entries = manyEntries(context.values)
      await store.storeMany(entries)
      checkSame(
        await store.removeMany(entries.map(([key]) => key)),
        MANY,
        'how many of the keys removeMany found',
      )
      for (const [key] of entries) checkAbsent(await store.load(key), `load of ${key} after removeMany`)
    },
  },
]

/** Also for what a batch itself stores: each has a value of its own. */
export function manyEntries(values: Values, length: number = MANY): [string, unknown][] {
  return Array.from({ length }, (_, number) => [`key ${number}`, values.numbered(number)])
}

function* twice(key: string): Generator<string> {
  yield key
  yield key
}

/** These two methods are optional also where `storeMany` is claimed. */
async function openWith(
  method: keyof AsyncBackingStore<string, unknown>,
  { open, skip }: Context,
): Promise<StoreUnderTest> {
  const store = await open()
  if (typeof store.raw[method] !== 'function') skip(`the store has no ${method}`)
  return store
}
