import type { Hazard } from '../hazard.ts'
import { acknowledged, mustHaveWorked, outcomeOf, quiet, shown, told } from './outcome.ts'

const KEY = 'key'

/** A write fails, or is slow: what do the cache and its caller make of it? */
export const WRITE_HAZARDS: readonly Hazard[] = [
  {
    id: 'H1',
    title: 'a write fails in the store, the cache serves its value',
    needs: ['tier', 'writes'],
    async run({ store, open }) {
      store.entries.set(KEY, 'old')
      const cache = await open()
      await cache.get(KEY)
      store.fail('write', KEY)
      const write = await outcomeOf(cache.set(KEY, 'new'))
      await quiet()
      const served = await cache.get(KEY)
      return {
        happened: served === 'new',
        detail: `a set that failed in the store ${told(write)}; the store holds "old", get answers ${shown(served)}`,
      }
    },
  },
  {
    id: 'H2',
    title: 'a write fails in the store, the caller is told it worked',
    needs: ['writes'],
    async run({ store, open }) {
      store.entries.set(KEY, 'old')
      const cache = await open()
      store.fail('write', KEY)
      const write = await outcomeOf(cache.set(KEY, 'new'))
      return { happened: acknowledged(write), detail: `a set that failed in the store ${told(write)}` }
    },
  },
  {
    id: 'H5',
    title: 'two writes of a key, the first slower: the tiers differ',
    needs: ['tier', 'writes'],
    async run({ store, open }) {
      const cache = await open()
      const slow = store.hold('write')
      const first = outcomeOf(cache.set(KEY, 1))
      await slow.reached
      const second = outcomeOf(cache.set(KEY, 2))
      await quiet()
      slow.letGo()
      mustHaveWorked('the first set', await first)
      mustHaveWorked('the second set', await second)
      const served = await cache.get(KEY)
      const stored = store.entries.get(KEY)
      return {
        happened: served !== stored,
        detail: `after set 1, slow in the store, and set 2, get answers ${shown(served)} and the store holds ${shown(stored)}`,
      }
    },
  },
  {
    id: 'H8',
    title: 'a remove fails in the store, reports success, and the value is back',
    needs: ['writes'],
    async run({ store, open }) {
      store.entries.set(KEY, 'old')
      const cache = await open()
      await cache.get(KEY)
      store.fail('remove', KEY)
      const removal = await outcomeOf(cache.delete(KEY))
      await quiet()
      const served = await cache.get(KEY)
      return {
        happened: acknowledged(removal) && served !== undefined,
        detail: `a delete that failed in the store ${told(removal)}; then get answers ${shown(served)}`,
      }
    },
  },
  {
    id: 'H10',
    title: 'a bulk write that failed in part reports success',
    needs: ['writes', 'batch'],
    async run({ store, open }) {
      const cache = await open()
      store.fail('write', 'b')
      const entries = new Map([
        ['a', 1],
        ['b', 2],
        ['c', 3],
      ])
      const write = await outcomeOf(cache.setMany!(entries))
      await quiet()
      const stored = [...store.entries.keys()].sort().join(', ')
      return {
        happened: acknowledged(write),
        detail: `a bulk write of a, b and c, of which b failed, ${told(write)}; the store holds ${stored || 'nothing'}`,
      }
    },
  },
]
