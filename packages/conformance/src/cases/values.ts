import type { Case, Context } from '../case.ts'
import { check, checkSame } from '../check.ts'
import { defineTopic } from '../topic.ts'
import type { NamedValue } from '../values.ts'
import { checkForeign } from './foreign-values.ts'

export const values: readonly Case[] = defineTopic('values', [
  {
    id: 'falsy',
    title: 'values that are falsy or empty are values',
    why: 'A zero that reads as absent is replaced by a default, and the count starts anew.',
    peers: ['cacheable 2.5.0'],
    async run(context) {
      await checkRoundTrips(context, context.values.falsy())
    },
  },
  {
    id: 'falsy-exist',
    title: 'a key with a falsy or empty value exists',
    why: 'A remove that says an empty value did not exist hides that something was deleted.',
    async run({ open, values }) {
      const store = await open()
      for (const { name, value } of values.falsy()) {
        await store.store('key', value)
        check((await store.remove('key')) === true, `remove of a key that holds ${name} answers true`)
      }
    },
  },
  {
    id: 'delicate',
    title: 'values come back as they were, to the last bit',
    why: 'A value that comes back a little different is wrong data that no check notices.',
    async run(context) {
      await checkRoundTrips(context, context.values.delicate())
    },
  },
  {
    id: 'sizes',
    title: 'values of all sizes around a page come back whole',
    why: 'Buffers of a fixed size cut or pad at their border.',
    async run(context) {
      const sizes = [2, 255, 256, 4095, 4096, 4097, 65_535, 65_536]
      await checkRoundTrips(
        context,
        sizes.map((sizeBytes) => ({ name: `${sizeBytes} bytes`, value: context.values.sized(sizeBytes) })),
      )
    },
  },
  {
    id: 'one-mebibyte',
    title: 'a value of 1 MiB comes back whole',
    why: 'Large values meet limits of packets, rows and buffers that small ones never see.',
    async run(context) {
      await checkRoundTrips(context, [{ name: '1 MiB', value: context.values.sized(2 ** 20) }])
    },
  },
  {
    id: 'sixteen-mebibytes',
    title: 'a value of 16 MiB comes back whole',
    why: 'A length written in three bytes, a packet or a document at its limit: what is larger is cut, or lost.',
    async run({ open, reopen, values, target }) {
      let store = await open()
      const value = values.sized(2 ** 24)
      await store.store('key', value)
      if (target.capabilities.persistent) store = await reopen(store)
      checkSame(await store.load('key'), value, 'load of 16 MiB')
    },
  },
  {
    id: 'shrinks',
    title: 'a short value that takes the place of a long one leaves nothing of it',
    why: 'The tail of the old value makes the new one unreadable, or shows what was to be replaced.',
    async run({ open, reopen, values, target }) {
      let store = await open()
      for (const sizeBytes of [9000, 4096, 17, 2]) {
        await store.store('key', values.sized(sizeBytes, sizeBytes))
        checkSame(await store.load('key'), values.sized(sizeBytes, sizeBytes), `load of ${sizeBytes} bytes`)
      }
      if (target.capabilities.persistent) store = await reopen(store)
      checkSame(await store.load('key'), values.sized(2, 2), 'load after a reopen')
    },
  },
  {
    id: 'equal-values-of-two-keys',
    title: 'two keys with the same value are two entries',
    why: 'Values that are shared by content vanish for one key when the other is removed.',
    async run({ open, values }) {
      const store = await open()
      await store.store('one', values.numbered(1))
      await store.store('two', values.numbered(1))
      await store.remove('one')
      checkSame(
        await store.load('two'),
        values.numbered(1),
        'load after the other key of the same value was removed',
      )
    },
  },
  {
    id: 'foreign',
    title:
      'a value that the store cannot hold is INVALID_VALUE and leaves the old one; none is changed in silence',
    why: 'A Date that comes back as a string, or NaN as null, is changed data that was acknowledged.',
    run: (context) => checkForeign(context, 'store', (store, key, value) => store.store(key, value)),
  },
])

/**
 * Each value is stored over the one before and loaded; where the target persists each is stored under a key of its own too,
 * as far as there is room, and loaded after a reopen.
 */
async function checkRoundTrips(
  { open, reopen, target }: Context,
  list: readonly NamedValue[],
): Promise<void> {
  const { persistent, maxEntries = Number.POSITIVE_INFINITY } = target.capabilities
  const store = await open()
  const kept = persistent ? list.slice(0, maxEntries - 1) : []
  for (const { name, value } of list) {
    await store.store('key', value)
    checkSame(await store.load('key'), value, `load of ${name}`)
  }
  if (!persistent) return
  for (const [number, { value }] of kept.entries()) await store.store(`key ${number}`, value)
  const again = await reopen(store)
  checkSame(await again.load('key'), list.at(-1)?.value, `load of ${list.at(-1)?.name} after a reopen`)
  for (const [number, { name, value }] of kept.entries())
    checkSame(await again.load(`key ${number}`), value, `load of ${name} after a reopen`)
}
