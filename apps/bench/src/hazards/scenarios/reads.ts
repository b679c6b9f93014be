import type { Hazard, Scene } from '../hazard.ts'
import type { PeerCache } from '../peer.ts'
import { mustHaveWorked, type Outcome, outcomeOf, quiet, shown, told } from './outcome.ts'

const KEY = 'key'
const READERS = 20
const FALSY = [0, '', false, null]

/** A load is slow: what happens meanwhile, and how often is it made? */
export const READ_HAZARDS: readonly Hazard[] = [
  {
    id: 'H3',
    title: 'a slow load, a newer write: the old value lands in the cache',
    needs: ['tier'],
    async run(scene) {
      const { served, stored } = await changedDuringLoad(scene, (cache) => cache.set(KEY, 'new'))
      return {
        happened: served !== 'new' || stored !== 'new',
        detail: `after a set of "new" during a load of "old", get answers ${shown(served)} and the store holds ${shown(stored)}`,
      }
    },
  },
  {
    id: 'H4',
    title: 'a slow load, then a remove: the value is resurrected',
    needs: ['tier'],
    async run(scene) {
      const { served, stored } = await changedDuringLoad(scene, (cache) => cache.delete(KEY))
      return {
        happened: served !== undefined || stored !== undefined,
        detail: `after a delete during a load of "old", get answers ${shown(served)} and the store holds ${shown(stored)}`,
      }
    },
  },
  {
    id: 'H6',
    title: `${READERS} misses of a key at once make more than one read`,
    needs: [],
    async run({ store, open }) {
      const cache = await open()
      const ways = { get: (key: string) => cache.get(key), ...cache.otherReads }
      const counts: [string, number][] = []
      for (const [way, read] of Object.entries(ways)) {
        store.entries.set(way, 'value')
        counts.push([way, await readsOf(store, way, read)])
      }
      const told = counts.map(([way, count]) => `${READERS} × ${way} of one key made ${count}`)
      return {
        happened: counts.some(([, count]) => count > 1),
        avoidable: counts.some(([, count]) => count === 1),
        detail: `reads of the store: ${told.join(', ')}`,
      }
    },
  },
  {
    id: 'H7',
    title: 'a reader who waits for a load is rejected because of a write',
    needs: [],
    async run(scene) {
      const { reader } = await changedDuringLoad(scene, (cache) => cache.set(KEY, 'new'))
      const answer = 'value' in reader ? `was answered ${shown(reader.value)}` : told(reader)
      return { happened: 'error' in reader, detail: `a get whose load was overtaken by a set ${answer}` }
    },
  },
  {
    id: 'H9',
    title: '0, "", false or null is read as a miss',
    needs: [],
    async run({ store, open }) {
      const cache = await open()
      const usual = (await readTwice(store, cache, 'usual', 'value')).reads
      const wrong: string[] = []
      for (const [index, value] of FALSY.entries()) {
        const { answers, reads } = await readTwice(store, cache, `falsy-${index}`, value)
        const bad = answers.findIndex((answer) => answer !== value)
        if (bad >= 0) wrong.push(`${shown(value)} as ${shown(answers[bad])}`)
        else if (reads > usual) wrong.push(`${shown(value)} from the store each time`)
      }
      const detail = `get of ${FALSY.map(shown).join(', ')}, which the store holds, answers `
      return {
        happened: wrong.length > 0,
        detail: detail + (wrong.length > 0 ? wrong.join(', ') : 'each of them'),
      }
    },
  },
]

/** Starts a load of "old", makes a change while it is under way, lets it end, and looks. */
async function changedDuringLoad(
  { store, open }: Scene,
  change: (cache: PeerCache) => Promise<unknown>,
): Promise<{ reader: Outcome; served: unknown; stored: unknown }> {
  store.entries.set(KEY, 'old')
  const cache = await open()
  const load = store.hold('read')
  const reading = outcomeOf(cache.get(KEY))
  await load.reached
  const changing = outcomeOf(change(cache))
  // The change has its time to overtake the load; where it waits for the load, it goes on afterwards.
  await quiet()
  load.letGo()
  mustHaveWorked('the change', await changing)
  const reader = await reading
  await quiet()
  const served = await cache.get(KEY)
  return { reader, served, stored: store.entries.get(KEY) }
}

async function readsOf(
  store: Scene['store'],
  key: string,
  read: (key: string) => Promise<unknown>,
): Promise<number> {
  const before = store.reads
  const first = store.hold('read')
  const readers = Array.from({ length: READERS }, () => read(key))
  await first.reached
  await quiet()
  first.letGo()
  await Promise.all(readers)
  return store.reads - before
}

/** What two gets of a value in the store answer, one after the other, and how often they read the store. */
async function readTwice(
  store: Scene['store'],
  cache: PeerCache,
  key: string,
  value: unknown,
): Promise<{ answers: unknown[]; reads: number }> {
  store.entries.set(key, value)
  const before = store.reads
  const answers = [await cache.get(key), await cache.get(key)]
  return { answers, reads: store.reads - before }
}
