/** What a cache has done since it was made, or since `resetStats`. Every count is of keys, also for bulk operations. */
export interface CacheStats {
  /** Reads answered from what is resident. */
  readonly cacheHits: number
  /** Reads answered by an absence that was remembered, as `negativeMaxAgeMs` allows. */
  readonly negativeHits: number
  /** Reads that were answered by the store. */
  readonly backingStoreHits: number
  /** Reads of keys that were in neither. */
  readonly misses: number
  /** Writes handed to the store, failed ones included. */
  readonly writes: number
  readonly writeErrors: number
  /** Removes handed to the store, failed ones included. */
  readonly removals: number
  readonly removeErrors: number
  /** Writes and removes that the store refused because somebody else had changed the key; see `update`. They are no errors. */
  readonly conflicts: number
  /** Loads that failed. Such a read is neither a hit nor a miss. */
  readonly loadErrors: number
  /** Entries that left to make room for another. */
  readonly evictions: number
  /** Entries written or loaded but not cached, because the policy would not have them or they are heavier than `maxWeight`. */
  readonly refusedByPolicy: number
  /** Reads that shared the load of another. Always 0 in the synchronous cache, where nobody waits. */
  readonly coalescedLoads: number
  /** Calls of `getOrPut` that found the lease of their key granted to another, and waited; see `leaseMs`. */
  readonly leaseWaits: number
  /** Keys whose write was given up and has not been answered by the store: so many are fenced now. 0 in the synchronous cache. */
  readonly fencedKeys: number
}

/** Counters that a cache increments. */
export class Counters implements CacheStats {
  cacheHits = 0
  negativeHits = 0
  backingStoreHits = 0
  misses = 0
  writes = 0
  writeErrors = 0
  removals = 0
  removeErrors = 0
  conflicts = 0
  loadErrors = 0
  evictions = 0
  refusedByPolicy = 0
  coalescedLoads = 0
  leaseWaits = 0
  fencedKeys = 0

  reset(): void {
    // A gauge, not a count: those keys are still fenced.
    const { fencedKeys } = this
    Object.assign(this, new Counters(), { fencedKeys })
  }
}

/** The counters as they are now, frozen. */
export function snapshot(counters: Counters): Readonly<CacheStats> {
  return Object.freeze({ ...counters })
}
