import fc from 'fast-check'
import type { Context } from '../case.ts'
import { BrokenPromise } from '../outcomes.ts'

/** Of what is on a disk there is time for fewer. */
const RUNS = 60
const RUNS_ON_DISK = 15
const LONGEST = 24

/**
 * Tries random histories of commands; a failing one is made as small as can be, and run last, so that it is the history
 * shown. `run` carries one out on a fresh store and throws when a promise is broken.
 */
export async function checkRandomHistories<Command>(
  context: Context,
  command: fc.Arbitrary<Command>,
  run: (commands: readonly Command[]) => Promise<void>,
): Promise<void> {
  const tryOut = async (commands: readonly Command[]) => {
    context.forgetHistory()
    await run(commands)
  }
  const fails = (commands: readonly Command[]) =>
    tryOut(commands).then(
      () => false,
      () => true,
    )
  const histories = fc.array(command, { minLength: 1, maxLength: LONGEST, size: 'max' })
  const numRuns = context.target.capabilities.persistent ? RUNS_ON_DISK : RUNS
  const result = await fc.check(fc.asyncProperty(histories, tryOut), { seed: context.seed, numRuns })
  if (!result.failed) return
  await tryOut(await withoutNeedless(result.counterexample![0], fails))
  throw new BrokenPromise(
    `a history failed and passed when it was run again: ${String(result.errorInstance)}`,
  )
}

/** Leaves out, one by one, the commands without which the history fails too: shrinking does not find all of them. */
async function withoutNeedless<Command>(
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
