import { checkAbsent, checkSame } from '../check.ts'
import type { StoreUnderTest } from '../store-under-test.ts'
import type { TopicCase } from '../topic.ts'
import { manyEntries } from './batch-reads.ts'

/** More than the limits one meets: a statement has 32,766 parameters in SQLite, and 65,535 in PostgreSQL, two for an entry. */
const VERY_MANY = 40_000
/** A store that goes key by key is tried with so many first, and is spared more when all would take so long. */
const SAMPLE = 500
const LONGEST_MS = 6000
/** So far apart are the entries that are looked at one by one: prime, so that no page is always missed at the same place. */
const STRIDE = 97

export const largeBatchCases: readonly TopicCase[] = [
  {
    id: 'tens-of-thousands',
    title: `a batch of ${VERY_MANY} entries is stored, found and removed whole`,
    why: 'The import that is larger than every test before it loses what is beyond the next limit.',
    needs: ['batch'],
    entries: VERY_MANY,
    async run({ open, skip, target, values }) {
      const store = await open()
      const entries = manyEntries(values, VERY_MANY)
      if (target.capabilities.batch === 'perKey') {
        // Whoever syncs each entry, or asks a server for each, has kept the promise by storing a thousand.
        const startMs = performance.now()
        await store.storeMany(entries.slice(0, SAMPLE))
        const forAllMs = ((performance.now() - startMs) * VERY_MANY) / SAMPLE
        if (forAllMs > LONGEST_MS) skip(`storing ${VERY_MANY} would take ${Math.round(forAllMs / 1000)} s`)
      }
      await store.storeMany(entries)
      await checkSome(store, entries)
      if (target.capabilities.keys) {
        checkSame((await store.keys()).length, VERY_MANY, 'how many keys there are after the batch')
      }
      const keys = entries.map(([key]) => key)
      if (typeof store.raw.loadMany === 'function') {
        const found = await store.loadMany(keys)
        checkSame(found.size, VERY_MANY, 'how many of the keys loadMany found')
        for (const [key, value] of entries) checkSame(found.get(key), value, `what loadMany found for ${key}`)
      }
      if (typeof store.raw.removeMany !== 'function') return
      checkSame(await store.removeMany(keys), VERY_MANY, 'how many of the keys removeMany found')
      for (const key of some(keys)) checkAbsent(await store.load(key), `load of ${key} after removeMany`)
    },
  },
]

async function checkSome(
  store: StoreUnderTest,
  entries: readonly (readonly [string, unknown])[],
): Promise<void> {
  for (const [key, value] of some(entries)) {
    checkSame(await store.load(key), value, `load of ${key} of ${entries.length} stored at once`)
  }
}

/** One in so many, and the last. */
function some<T>(list: readonly T[]): T[] {
  const last = list.length - 1
  return list.filter((_, index) => index % STRIDE === 0 || index === last)
}
