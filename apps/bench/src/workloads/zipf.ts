import { type Random, shuffle } from './random.ts'

/** How skewed: the most popular item is asked for 2^0.99 times as often as the second. That of YCSB (Cooper et al., 2010). */
const EXPONENT = 0.99

/**
 * `length` requests for items 0 to `items - 1`, some far more popular than others: the one of rank r with a probability
 * proportional to 1 / r^0.99. Which item has which rank is shuffled. O(items + length × log items).
 */
export function zipf(items: number, length: number, random: Random): Uint32Array {
  const cumulative = new Float64Array(items)
  let total = 0
  for (let rank = 1; rank <= items; rank++) {
    total += 1 / rank ** EXPONENT
    cumulative[rank - 1] = total
  }
  const itemOfRank = shuffle(
    Array.from({ length: items }, (_, item) => item),
    random,
  )
  return Uint32Array.from({ length }, () => itemOfRank[firstAbove(cumulative, random() * total)]!)
}

/** `length` requests, each item as likely as any. */
export function uniform(items: number, length: number, random: Random): Uint32Array {
  return Uint32Array.from({ length }, () => Math.floor(random() * items))
}

function firstAbove(ascending: Float64Array, value: number): number {
  let low = 0
  let high = ascending.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ascending[middle]! > value) high = middle
    else low = middle + 1
  }
  return low
}
