import type { Case } from '../case.ts'
import { checkSame } from '../check.ts'
import { defineTopic } from '../topic.ts'

/** A string cannot be changed, so there is nothing to share. */
const changeable = ['json', 'structured', 'bytes'] as const

export const isolation: readonly Case[] = defineTopic('isolation', [
  {
    id: 'of-what-was-stored',
    title: 'a value that is changed after it was stored does not change the store',
    why: 'An object that is changed later changes what is stored, without a write.',
    values: changeable,
    async run({ open, values }) {
      const store = await open()
      const value = values.numbered(1)
      await store.store('key', value)
      values.change(value)
      checkSame(await store.load('key'), values.numbered(1), 'load after the stored value was changed')
    },
  },
  {
    id: 'of-what-was-loaded',
    title: 'a value that is changed after it was loaded does not change the store',
    why: 'One reader that sorts or fills its copy changes it for every other.',
    values: changeable,
    async run({ open, values }) {
      const store = await open()
      await store.store('key', values.numbered(1))
      const loaded = await store.load('key')
      checkSame(loaded, values.numbered(1), 'load')
      values.change(loaded)
      checkSame(await store.load('key'), values.numbered(1), 'load after a loaded value was changed')
    },
  },
  {
    id: 'of-two-loads',
    title: 'two loads of a key share nothing',
    why: "Two requests that were given the same object see each other's changes.",
    values: changeable,
    async run({ open, values }) {
      const store = await open()
      await store.store('key', values.numbered(1))
      const [first, second] = await Promise.all([store.load('key'), store.load('key')])
      checkSame(first, values.numbered(1), 'load')
      values.change(first)
      checkSame(second, values.numbered(1), 'what one load answered, after what another answered was changed')
    },
  },
  {
    id: 'at-the-call',
    title: 'store takes the value as it is at the call',
    why: 'A buffer that is reused while its write waits stores the next message under this key.',
    values: changeable,
    async run({ open, values }) {
      const store = await open()
      const value = values.numbered(1)
      const storing = store.store('key', value)
      values.change(value)
      await storing
      checkSame(
        await store.load('key'),
        values.numbered(1),
        'load of a value changed while it was being stored',
      )
    },
  },
  {
    id: 'leaves-its-argument',
    title: 'store does not change the value it is given',
    why: "The caller's object grows members that it never had, and is sent on with them.",
    values: changeable,
    async run({ open, values }) {
      const store = await open()
      const value = values.numbered(1)
      await store.store('key', value)
      checkSame(value, values.numbered(1), 'the value that was given to store')
    },
  },
  {
    id: 'of-one-value-under-two-keys',
    title: 'one value stored under two keys is two values',
    why: 'A template stored twice is two entries; changing one must not change the other.',
    values: changeable,
    async run({ open, values }) {
      const store = await open()
      const value = values.numbered(1)
      await store.store('one', value)
      values.change(value)
      await store.store('two', value)
      checkSame(await store.load('one'), values.numbered(1), 'load of the first key')
    },
  },
  {
    id: 'of-a-batch',
    title: 'values and lists that are changed after storeMany was called do not change the store',
    why: 'A list that is emptied after the call would lose the rest of the batch.',
    values: changeable,
    needs: ['batch'],
    async run({ open, values }) {
      const store = await open()
      const value = values.numbered(1)
      const batch: [string, unknown][] = [
        ['one', value],
        ['two', values.numbered(2)],
      ]
      const storing = store.storeMany(batch)
      values.change(value)
      batch.length = 0
      await storing
      checkSame(await store.load('one'), values.numbered(1), 'load of a value changed after storeMany')
      checkSame(
        await store.load('two'),
        values.numbered(2),
        'load of an entry taken out of the list after storeMany',
      )
    },
  },
  {
    id: 'of-what-a-batch-loaded',
    title: 'values that are changed after loadMany do not change the store',
    why: 'The bulk path forgets the copy that the single one makes.',
    values: changeable,
    needs: ['batch'],
    async run({ open, values, skip }) {
      const store = await open()
      if (typeof store.raw.loadMany !== 'function') skip('the store has no loadMany')
      await store.store('key', values.numbered(1))
      const loaded = (await store.loadMany(['key'])).get('key')
      checkSame(loaded, values.numbered(1), 'what loadMany found')
      values.change(loaded)
      checkSame(await store.load('key'), values.numbered(1), 'load after a value of loadMany was changed')
      checkSame(
        (await store.loadMany(['key'])).get('key'),
        values.numbered(1),
        'what loadMany found after a value of loadMany was changed',
      )
    },
  },
  {
    id: 'of-a-buffer',
    title: 'a Buffer, which shares its memory with others, is copied in',
    why: 'Small Buffers share one pool: what was stored would change with the next message.',
    values: ['bytes'],
    async run({ open, values }) {
      const store = await open()
      const memory = Buffer.from('..value of a part..')
      const part = memory.subarray(2, 17)
      await store.store('key', part)
      memory.fill(0)
      checkSame(await store.load('key'), values.marked('value of a part'), 'load after the memory was filled')
    },
  },
])
