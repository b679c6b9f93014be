import type { Case, Context } from '../case.ts'
import { commandsFor, type Pool, runCommands } from '../model/commands.ts'
import { checkRandomHistories } from '../model/random-histories.ts'
import { defineTopic } from '../topic.ts'

export const model: readonly Case[] = defineTopic('model', [
  {
    id: 'single-calls',
    title: 'a store answers any history of store, load, remove and reopen as a Map does',
    why: 'A fault that takes five calls in a row is found by a program, or by a user.',
    entries: 4,
    run: (context) => checkModel(context, { keys: ['a', 'b', 'c'], batches: false, enumerates: false }),
  },
  {
    id: 'awkward-keys',
    title: 'it does so with keys that are easily taken for each other',
    why: 'Keys that are mistaken for each other only after a remove or a reopen pass every single test.',
    entries: 4,
    run: (context) =>
      checkModel(context, { keys: ['', 'A/b', 'a/b', 'a:b'], batches: false, enumerates: false }),
  },
  {
    id: 'batches',
    title: 'it does so with batches among the calls',
    why: 'Bulk and single paths that keep books of their own drift apart over time.',
    needs: ['batch'],
    entries: 4,
    run: (context) => checkModel(context, { keys: ['a', 'b', 'c'], batches: true, enumerates: false }),
  },
  {
    id: 'keys',
    title: 'it does so with enumerations among the calls',
    why: 'An index that is right after each call by itself goes wrong over many.',
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
