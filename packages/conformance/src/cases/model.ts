import type { Case, Context } from '../case.ts'
import { commandsFor, type Pool, runCommands } from '../model/commands.ts'
import { checkRandomHistories } from '../model/random-histories.ts'
import { defineTopic } from '../topic.ts'

export const model: readonly Case[] = defineTopic('model', [
  {
    id: 'single-calls',
    title: 'a store answers any history of store, load, remove and reopen as a Map does',
    entries: 4,
    run: (context) => checkModel(context, { keys: ['a', 'b', 'c'], batches: false, enumerates: false }),
  },
  {
    id: 'awkward-keys',
    title: 'it does so with keys that are easily taken for each other',
    entries: 4,
    run: (context) =>
      checkModel(context, { keys: ['', 'A/b', 'a/b', 'a:b'], batches: false, enumerates: false }),
  },
  {
    id: 'batches',
    title: 'it does so with batches among the calls',
    needs: ['batch'],
    entries: 4,
    run: (context) => checkModel(context, { keys: ['a', 'b', 'c'], batches: true, enumerates: false }),
  },
  {
    id: 'keys',
    title: 'it does so with enumerations among the calls',
    needs: ['keys'],
    entries: 4,
    run: (context) => checkModel(context, { keys: ['a', 'b', 'c'], batches: false, enumerates: true }),
  },
])

/** Tries random histories on a store of its own each. */
async function checkModel(context: Context, pool: Pool): Promise<void> {
  let run = 0
  await checkRandomHistories(context, commandsFor(context.target, pool), (commands) =>
    runCommands(context, `run-${run++}`, commands, pool.keys),
  )
}
