import type { Hazard } from '../hazard.ts'
import { messageOf, mustHaveWorked, outcomeOf, quiet, shown } from './outcome.ts'

const KEY = 'key'

/** What happens with nobody waiting for it: work in the background, and what other processes do. */
export const OTHER_HAZARDS: readonly Hazard[] = [
  {
    id: 'H11',
    title: 'a rejection in the background is unhandled, which ends the process',
    needs: ['background'],
    async run({ workInBackground, unhandled }) {
      const what = await workInBackground()
      await quiet()
      const seen =
        unhandled.length > 0 ? `unhandled rejection: ${messageOf(unhandled[0])}` : 'no unhandled rejection'
      return { happened: unhandled.length > 0, detail: `${what}: ${seen}` }
    },
  },
  {
    id: 'H12',
    title: 'another instance writes during a load here: stale for good',
    needs: ['tier', 'bus'],
    async run({ store, openPair }) {
      store.entries.set(KEY, 'old')
      const [here, there] = await openPair()
      const load = store.hold('read')
      const reading = outcomeOf(here.get(KEY))
      await load.reached
      mustHaveWorked('the set of the other instance', await outcomeOf(there.set(KEY, 'new')))
      // The news arrive while the load is under way.
      await quiet()
      load.letGo()
      await reading
      await quiet()
      const served = await here.get(KEY)
      return {
        happened: served !== store.entries.get(KEY),
        detail: `after another instance's set of "new" during a load of "old", get answers ${shown(served)}`,
      }
    },
  },
]
