import { type EvictionPolicy, WriteThroughCache } from '@wt/core'
import type { Contender } from '../measure/contender.ts'
import { absent, hitRatioOf, type Store } from '../workloads/filled-store.ts'
import type { Trace } from './read-trace.ts'

/**
 * Each request of the trace as a `get` of a cache over a store that holds all its keys. A round is one pass over the
 * trace that begins with an empty cache. The hit ratio is that of a first pass, made here; it is the same in every pass.
 */
export function replay(trace: Trace, store: Store, capacity: number, policy: EvictionPolicy): Contender {
  const { keys, requests } = trace
  const cache = new WriteThroughCache(store, { capacity, policy })
  let next = 0
  const operation = (): void => {
    const key = keys[requests[next++]!]!
    if (cache.get(key) === undefined) throw absent(key)
  }
  while (next < requests.length) operation()
  const hitRatio = hitRatioOf(cache)
  return {
    operation,
    operationsPerRound: requests.length,
    beforeRound() {
      cache.evictAll()
      next = 0
    },
    facts: () => ({ hitRatio }),
    close: () => store.close?.(),
  }
}
