/**
 * Decides who stays when the cache is full. What one imports and calls, such as `lru()`, is a recipe: each cache makes
 * its own books from it, so one policy object may serve many caches.
 */
export interface EvictionPolicy {
  readonly name: string
  create<K>(residents: Residents<K>): PolicyBooks<K>
}

/** What the table tells its policy. A slot is a small integer that names a resident; it is reused after the entry has left. */
export interface Residents<K> {
  /** How many entries may be resident. */
  readonly capacity: number
  /** The key in a slot that is in use. */
  keyAt(slot: number): K
}

/**
 * A policy's books over one table. The table calls; the books never call the cache. Every call has to be O(1), amortised.
 * Books that throw cost the cache its residents: the table starts anew with new books, and the error reaches the caller.
 */
export interface PolicyBooks<K> {
  /** An entry became resident in `slot`. There is room: `evict` was asked before. */
  insert(slot: number): void
  /** The entry in `slot` was overwritten. */
  update(slot: number): void
  /** The entry in `slot` was read. All books of a policy have it, or none: without it a hit costs one look-up and no call. */
  hit?(slot: number): void
  /** The entry in `slot` leaves, for a reason that is not the policy's. */
  remove(slot: number): void
  /**
   * There is no room for `newcomer`: forgets a resident and returns its slot, or returns `REFUSED`, and the newcomer is
   * not cached. Called again while there is still no room.
   */
  evict(newcomer: K): number
  /** Throws when the books contradict themselves or do not hold exactly `size` residents. For tests; O(size). */
  assertInvariants?(size: number): void
}

/** What `evict` returns to keep the residents and refuse the newcomer. */
export const REFUSED = -1
