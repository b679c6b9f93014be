import fc from 'fast-check'
import type { Case, Context } from '../case.ts'
import { BrokenPromise } from '../outcomes.ts'
import { commandsFor, type Command, type Pool, runCommands } from '../model/commands.ts'
import { defineTopic } from '../topic.ts'

const RUNS = 15
const LONGEST = 24

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

/** Tries random histories; a failing one is made as small as can be, and run last, so that it is the history shown. */
async function checkModel(context: Context, pool: Pool): Promise<void> {
  let run = 0
  const tryOut = async (commands: readonly Command[]) => {
    context.forgetHistory()
    await runCommands(context, `run-${run++}`, commands, pool.keys)
  }
  const fails = (commands: readonly Command[]) =>
    tryOut(commands).then(
      () => false,
      () => true,
    )
  const histories = fc.array(commandsFor(context.target, pool), {
    minLength: 1,
    maxLength: LONGEST,
    size: 'max',
  })
  const result = await fc.check(fc.asyncProperty(histories, tryOut), { seed: context.seed, numRuns: RUNS })
  if (!result.failed) return
  await tryOut(await withoutNeedless(result.counterexample![0], fails))
  throw new BrokenPromise(
    `a history failed and passed when it was run again: ${String(result.errorInstance)}`,
  )
}

/** Leaves out, one by one, the commands without which the history fails too: shrinking does not find all of them. */
async function withoutNeedless(
  commands: readonly Command[],
  fails: (commands: readonly Command[]) => Promise<boolean>,
): Promise<readonly Command[]> {
  let smallest = commands
  for (let index = commands.length - 1; index >= 0; index--) {
    const smaller = smallest.toSpliced(index, 1)
    if (await fails(smaller)) smallest = smaller
  }
  return smallest
}
