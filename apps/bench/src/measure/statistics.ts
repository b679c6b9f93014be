/** The middle of some measurements, and how far they lie apart. */
export interface Spread {
  readonly median: number
  readonly lowerQuartile: number
  readonly upperQuartile: number
  readonly lowest: number
  readonly highest: number
}

/** Of at least one value; throws a `RangeError` for none. O(n log n). */
export function spreadOf(values: readonly number[]): Spread {
  if (values.length === 0) throw new RangeError('spreadOf: no values were given')
  const sorted = [...values].sort((a, b) => a - b)
  return {
    median: quantile(sorted, 0.5),
    lowerQuartile: quantile(sorted, 0.25),
    upperQuartile: quantile(sorted, 0.75),
    lowest: sorted[0]!,
    highest: sorted[sorted.length - 1]!,
  }
}

/** Half the distance between the quartiles, as a share of the median: 0.04 is ±4 %. */
export function noiseOf(spread: Spread): number {
  return (spread.upperQuartile - spread.lowerQuartile) / 2 / spread.median
}

/** True when the middle halves of both overlap: neither is said to be faster. */
export function isTie(a: Spread, b: Spread): boolean {
  return a.lowerQuartile <= b.upperQuartile && b.lowerQuartile <= a.upperQuartile
}

/** The value below which a share of the sorted values lies, interpolated between its neighbours. */
export function quantile(sorted: readonly number[], share: number): number {
  const position = (sorted.length - 1) * share
  const below = Math.floor(position)
  const above = Math.ceil(position)
  return sorted[below]! + (sorted[above]! - sorted[below]!) * (position - below)
}

/**
 * Ranks, best first, as in a race: who ties with the first of the group before shares its rank (1, 1, 3).
 * In the order of `spreads`, which need not be sorted; more is better.
 */
export function ranksOf(spreads: readonly Spread[]): { rank: number; shared: boolean }[] {
  const order = spreads.map((_, index) => index).sort((a, b) => spreads[b]!.median - spreads[a]!.median)
  const ranks: number[] = []
  let leader = order[0]
  let rank = 1
  order.forEach((index, place) => {
    if (!isTie(spreads[index]!, spreads[leader!]!)) {
      leader = index
      rank = place + 1
    }
    ranks[index] = rank
  })
  return ranks.map((own) => ({ rank: own, shared: ranks.filter((other) => other === own).length > 1 }))
}
