import { randomFrom, seedFor } from '../random.ts'

export interface Limits {
  readonly exhaustiveUpTo: number
  readonly samples: number
}

/** How many combinations of `options` will be looked at: all of them, or so many samples. */
export function countStates(options: readonly number[], { exhaustiveUpTo, samples }: Limits): number {
  const all = combinations(options)
  return all <= exhaustiveUpTo ? all : samples
}

/**
 * One option for each piece, from 0 (nothing of it) to its last (all of it): the combination number `state`.
 * Where there are too many for all to be counted out, the first are the corners, the rest random; a state is
 * made from its number and the seed alone, so that it can be looked at again without the others.
 */
export function selection(
  options: readonly number[],
  state: number,
  { exhaustiveUpTo, seed }: { readonly exhaustiveUpTo: number; readonly seed: number },
): number[] {
  if (combinations(options) <= exhaustiveUpTo) return digits(options, state)
  // In turn: nothing alone, nothing missing, the first alone, the first missing, the second alone, and so on.
  const odd = Math.floor((state - 2) / 2)
  if (odd < options.length) {
    const alone = state % 2 === 0
    return options.map((count, index) => ((index === odd) === alone ? count - 1 : 0))
  }
  const random = randomFrom(seedFor(seed, `state ${state}`))
  return options.map((count) => Math.floor(random() * count))
}

function combinations(options: readonly number[]): number {
  return options.reduce((product, count) => product * count, 1)
}

/** `state` written in the number system whose digits have so many values each. */
function digits(options: readonly number[], state: number): number[] {
  let rest = state
  return options.map((count) => {
    const digit = rest % count
    rest = Math.floor(rest / count)
    return digit
  })
}
