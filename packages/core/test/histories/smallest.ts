import { OPERATIONS, runHistory } from './simulation.ts'

const SEEDS = 2000

/**
 * The smallest failing history near one that failed: the fewest operations of any of the next seeds, at least as few as
 * its own shortest beginning that fails. The error of that history, with its seed and log.
 */
export async function smallestFailure(seed: number, error: Error): Promise<Error> {
  let fewest = OPERATIONS
  let smallest = error
  for (let operations = 1; operations <= fewest; operations++) {
    const failure = await failureOf(seed, operations)
    if (failure === undefined) continue
    fewest = operations
    smallest = failure
  }
  for (let other = seed + 1; other <= seed + SEEDS && fewest > 1; other++) {
    let failure = await failureOf(other, fewest - 1)
    while (failure !== undefined && fewest > 1) {
      fewest--
      smallest = failure
      failure = await failureOf(other, fewest - 1)
    }
  }
  return smallest
}

async function failureOf(seed: number, operations: number): Promise<Error | undefined> {
  try {
    await runHistory(seed, operations)
    return undefined
  } catch (error) {
    return error as Error
  }
}
