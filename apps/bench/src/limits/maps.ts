import type { Contender } from '../measure/contender.ts'
import { batchAt, type Dataset } from '../workloads/dataset.ts'

/** Looking a key up in a bare `Map`: no cache can answer faster. */
export function mapGet(
  entries: Iterable<readonly [string, string]>,
  keyAt: (index: number) => string,
): Contender {
  const map = new Map(entries)
  return {
    operation(index) {
      if (map.get(keyAt(index)) === undefined) throw new Error(`Map.get: ${keyAt(index)} is missing`)
    },
    close() {},
  }
}

/** Overwriting in a bare `Map`, `batch` entries at a time. */
export function mapSet(dataset: Dataset, batch: number): Contender {
  const map = new Map(dataset.entries())
  const { keyAt, valueAt } = dataset
  if (batch === 1) return { operation: (index) => void map.set(keyAt(index), valueAt(index)), close() {} }
  return {
    operation(index) {
      for (const [key, value] of batchAt(dataset, index, batch)) map.set(key, value)
    },
    close() {},
  }
}
