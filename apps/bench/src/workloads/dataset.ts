import { type Cycle, cycleOf, keyOf, makeValues } from './data.ts'
import { seededRandom } from './random.ts'
import { zipf } from './zipf.ts'

/** How many requests are drawn before they repeat. */
const REQUESTS = 2 ** 16

export interface DatasetOptions {
  readonly entries: number
  readonly valueBytes: number
  readonly seed: number
}

/** What a store is filled with, and what is asked of it. */
export interface Dataset {
  readonly keys: readonly string[]
  readonly values: readonly string[]
  /** Keys in the order in which they are asked for: zipf. */
  readonly requests: Cycle<string>
  /** Every key with a value. */
  entries(): Generator<[string, string], void, undefined>
  keyAt(index: number): string
  /** Another value than the one before, and than the key most likely has. */
  valueAt(index: number): string
}

/** The same keys and requests for the same options, in every process; the values differ. */
export function makeDataset({ entries, valueBytes, seed }: DatasetOptions): Dataset {
  const keys = Array.from({ length: entries }, (_, id) => keyOf(id))
  const values = makeValues(valueBytes)
  const ids = zipf(entries, REQUESTS, seededRandom(seed))
  const requests = cycleOf(REQUESTS, (index) => keys[ids[index]!]!)
  // Another process may have written the same requests to the same store: the process id makes its values other ones.
  const valueAt = (index: number): string => values[(index + process.pid) % values.length]!
  return {
    keys,
    values,
    requests,
    *entries() {
      for (const [id, key] of keys.entries()) yield [key, valueAt(id)]
    },
    keyAt: (index) => requests.items[index & requests.mask]!,
    valueAt,
  }
}

/**
 * The `index`th batch of `size` entries. The keys come in turn, so that no batch of at most all entries has one twice: it
 * would be written once and counted twice. A batch of one is the `index`th request.
 */
export function batchAt(dataset: Dataset, index: number, size: number): [string, string][] {
  const { keys, keyAt, valueAt } = dataset
  if (size === 1) return [[keyAt(index), valueAt(index)]]
  return Array.from({ length: size }, (_, each) => {
    const place = index * size + each
    return [keys[place % keys.length]!, valueAt(place)]
  })
}
