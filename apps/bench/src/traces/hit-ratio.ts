import { type BackingStore, type EvictionPolicy, WriteThroughCache } from '@wt/core'
import { hitRatioOf } from '../workloads/filled-store.ts'
import type { Trace } from './read-trace.ts'

/** It holds everything, and answers at once: what is counted is the cache alone. */
const everything: BackingStore<string, string> = { store() {}, load: (key) => key, remove: () => true }

/** The share of a trace's requests that the real cache answers by itself; each is a `get`, the first of an empty cache. */
export function hitRatio({ keys, requests }: Trace, capacity: number, policy: EvictionPolicy): number {
  const cache = new WriteThroughCache(everything, { capacity, policy })
  for (const place of requests) cache.get(keys[place]!)
  return hitRatioOf(cache)
}
