import { StoreError } from '@wt/core'
import type { Case } from '../case.ts'
import { check, checkSame } from '../check.ts'
import { display } from '../history.ts'
import type { StoreUnderTest } from '../store-under-test.ts'
import { defineTopic } from '../topic.ts'

export const enumeration: readonly Case[] = defineTopic('enumeration', [
  {
    id: 'empty',
    title: 'a store that holds nothing has no keys',
    why: 'A clean-up that is given a key that is not there deletes at random.',
    needs: ['keys'],
    async run({ open, values }) {
      const store = await open()
      checkSame(await store.keys(), [], 'keys of a fresh store')
      await store.store('key', values.numbered(1))
      await store.remove('key')
      checkSame(await store.keys(), [], 'keys after the only key was removed')
    },
  },
  {
    id: 'each-key-once',
    title: 'keys has each key once, also one that was overwritten',
    why: 'Whoever adds up entries counts some of them twice.',
    needs: ['keys'],
    async run({ open, values }) {
      const store = await open()
      for (const [number, key] of ['one', 'two', 'one', 'one'].entries())
        await store.store(key, values.numbered(number))
      checkSame(await store.keys(), ['one', 'two'], 'keys')
      checkSame(await store.keys(), ['one', 'two'], 'keys, asked again')
    },
  },
  {
    id: 'forgets-what-was-removed',
    title: 'a key that was removed is not among the keys',
    why: 'A sync that goes by the list brings deleted data back.',
    needs: ['keys'],
    async run({ open, values }) {
      const store = await open()
      await store.store('one', values.numbered(1))
      await store.store('two', values.numbered(2))
      await store.remove('one')
      checkSame(await store.keys(), ['two'], 'keys after a remove')
    },
  },
  {
    id: 'holds-falsy',
    title: 'a key that holds a falsy or empty value is among the keys',
    why: 'A backup that leaves out zeros and empty lists is not one.',
    needs: ['keys'],
    async run({ open, values }) {
      const store = await open()
      for (const { name, value } of values.falsy()) {
        await store.store('key', value)
        checkSame(await store.keys(), ['key'], `keys, with ${name} as the value`)
      }
    },
  },
  {
    id: 'beyond-a-page',
    title: 'keys goes on past any page',
    why: 'A list that ends after the first page makes a backup of the first page.',
    needs: ['keys'],
    entries: 90,
    async run({ open, values, target: { capabilities } }) {
      const store = await open()
      // In one commit a thousand cost no more than one.
      const isCheap = capabilities.batch === 'atomic' && capabilities.maxEntries === undefined
      const keys = Array.from({ length: isCheap ? 1100 : 90 }, (_, number) => `key ${number}`)
      if (isCheap) await store.storeMany(keys.map((key, number) => [key, values.numbered(number)]))
      else for (const [number, key] of keys.entries()) await store.store(key, values.numbered(number))
      checkSame(await store.keys(), keys.sort(), 'keys')
    },
  },
  {
    id: 'holds-no-lock',
    title: 'between two steps of keys the store reads and writes, and what stays is listed once',
    why: 'A loop over the keys that writes would wait for itself, or miss what it should have seen.',
    needs: ['keys'],
    entries: 8,
    async run({ open, values }) {
      const store = await open()
      const staying = ['a', 'b', 'c', 'd']
      for (const [number, key] of [...staying, 'going'].entries())
        await store.store(key, values.numbered(number))
      const seen: string[] = []
      await store.call('keys() with calls between the steps', async () => {
        for await (const key of store.enumerate()) {
          seen.push(key)
          if (seen.length > 20) break
          await store.store('a', values.numbered(10 + seen.length))
          checkSame(
            await store.load('a'),
            values.numbered(10 + seen.length),
            'load between two steps of keys',
          )
          if (seen.length === 1) await store.remove('going')
          if (seen.length <= 2) await store.store(`coming ${seen.length}`, values.numbered(50))
        }
      })
      const listed = seen.filter((key) => staying.includes(key)).sort()
      checkSame(listed, staying, 'those keys that were there from beginning to end')
      const extra = seen.filter((key) => ![...staying, 'going', 'coming 1', 'coming 2'].includes(key))
      checkSame(extra, [], 'keys that never were')
    },
  },
  {
    id: 'removed-as-listed',
    title: 'a loop that removes the keys it is given is given every key',
    why: 'A clean-up by pages that are counted from the start leaves as many keys as it removed.',
    needs: ['keys'],
    entries: 120,
    async run({ open, values, target: { capabilities }, forgetHistory }) {
      const store = await open()
      const isCheap = capabilities.batch === 'atomic' && capabilities.maxEntries === undefined
      const keys = Array.from({ length: isCheap ? 1200 : 120 }, (_, number) => `key ${number}`)
      if (isCheap) await store.storeMany(keys.map((key, number) => [key, values.numbered(number)]))
      else for (const [number, key] of keys.entries()) await store.store(key, values.numbered(number))
      forgetHistory()
      const listed: string[] = []
      let pending: string[] = []
      await store.call('keys(), removing what is listed', async () => {
        for await (const key of store.enumerate()) {
          listed.push(key)
          pending.push(key)
          if (pending.length < 30) continue
          await removeAll(store, pending)
          pending = []
          forgetHistory()
        }
      })
      checkSame(listed.sort(), keys.sort(), 'the keys that a loop was given which removed them')
    },
  },
  {
    id: 'left-half-way',
    title: 'an enumeration that is left half-way holds nothing up',
    why: 'A break out of the loop that leaves a cursor open blocks writers, and close.',
    needs: ['keys'],
    async run({ open, values }) {
      const store = await open()
      await store.store('one', values.numbered(1))
      await store.store('two', values.numbered(2))
      await store.call('keys(), left after the first', async () => {
        for await (const _ of store.enumerate()) break
      })
      await store.store('one', values.numbered(3))
      checkSame(await store.keys(), ['one', 'two'], 'keys after an enumeration left half-way')
      await store.close()
    },
  },
  {
    id: 'closed-half-way',
    title: 'a store can be closed in the middle of an enumeration, which then ends or is CLOSED',
    why: 'At shutdown a listing under way must not hang the process or crash it.',
    needs: ['keys'],
    async run({ open, values }) {
      const store = await open()
      await store.store('one', values.numbered(1))
      await store.store('two', values.numbered(2))
      const keys = iteratorOf(store.enumerate())
      await keys.next()
      await store.close()
      try {
        for (let step = 0; step < 4; step++) await keys.next()
      } catch (error) {
        // Allowed, as long as it says that it is because of the close.
        const isClosed = StoreError.is(error) && error.code === 'CLOSED'
        check(isClosed, `a step of keys after close is CLOSED, got ${display(error)}`)
      }
    },
  },
])

/** At once where the store can. */
async function removeAll(store: StoreUnderTest, keys: readonly string[]): Promise<void> {
  if (typeof store.raw.removeMany === 'function') await store.removeMany(keys)
  else for (const key of keys) await store.remove(key)
}

function iteratorOf(
  keys: Iterable<string> | AsyncIterable<string>,
): AsyncIterator<string> | Iterator<string> {
  return Symbol.asyncIterator in keys ? keys[Symbol.asyncIterator]() : keys[Symbol.iterator]()
}
