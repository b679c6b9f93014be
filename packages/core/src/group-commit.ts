import type { AsyncBackingStore, CallOptions } from './backing-store.ts'
import { CommitQueue } from './group-commit/commit-queue.ts'
import { snapshot } from './group-commit/snapshot.ts'
import { keyText } from './key-text.ts'
import { checkStore } from './store-calls.ts'
import { hasVersions, type WithVersions } from './versions.ts'

export interface GroupCommitOptions {
  /** At most so many entries share a commit, from 1. A `storeMany` of more goes whole, by itself. */
  readonly maxBatch: number
  /**
   * How long a call that finds nothing under way waits for others to share its commit, unless `maxBatch` entries are there
   * before. Default 0: until the end of the turn. More makes fewer commits of callers that do not come at once, and each
   * of them slower.
   */
  readonly maxDelayMs?: number
}

/**
 * A store whose concurrent writes share commits, over one that commits `storeMany` at once: calls of the same turn, and
 * those made while a batch is on its way, go together as one `storeMany`, and each is answered when that is as durable
 * as the store says. A call that is alone in its batch is made as it came.
 *
 * - **Order.** The writes of a key take effect in the order of the calls. A `remove` is a call of its own, after the stores
 *   of its key that came before and ahead of those that came after. So is a `storeIf` or `removeIf`.
 * - **Reads** go to the store at once: one that is made before a write of its key was answered may answer either value.
 * - **Values** are copied at the call: plain objects, arrays, `Map`, `Set`, `Date` and bytes. Instances of other classes are
 *   not; leave them as they are until the call is answered.
 * - **Failures.** A batch that failed with `applied: 'no'` is made again call by call, before any later one, so that a value
 *   that is refused fails its own caller alone. `'unknown'` is told to every caller, and so are `UNAVAILABLE`, `READ_ONLY` and
 *   `CLOSED`. When a call of those made again is `BUSY`, those after it are told so too, and are not made.
 *   A `BulkStoreError` is told key by key.
 * - **Giving up.** A call whose signal aborts while it is queued leaves with `ABORTED`, `applied: 'no'`; later the signal does
 *   nothing, except for a call that went alone and a store that listens to it.
 * - **`close`** waits for what is queued, then closes the store. Whatever else the store has, `loadMany`, `keys`, `revision`
 *   and so on, is passed on; what it has not, is not there.
 *
 * Throws a `TypeError` for a store without `storeMany`, a `TypeError` or `RangeError` for a bad option.
 */
export function groupCommit<K, V>(
  store: AsyncBackingStore<K, V>,
  options: GroupCommitOptions,
): AsyncBackingStore<K, V> {
  checkStore(store)
  if (typeof store.storeMany !== 'function') {
    throw new TypeError('groupCommit: the store has no storeMany, so its calls cannot share a commit')
  }
  const queue = new CommitQueue<K, V>(store, checkedOptions(options))
  const { durability, lateWrites } = store
  return {
    ...(durability !== undefined && { durability }),
    ...(lateWrites !== undefined && { lateWrites }),
    async store(key, value, callOptions) {
      const entries = [checkedEntry('store', key, value)]
      const alone = () => store.store(key, entries[0]![1], callOptions)
      await queue.add({ operation: 'store', keys: [key], entries, alone }, callOptions?.signal)
    },
    async storeMany(given, callOptions) {
      const entries = Array.from(given, ([key, value]) => checkedEntry('storeMany', key, value))
      const keys = entries.map(([key]) => key)
      const alone = () => store.storeMany!(entries, callOptions)
      await queue.add({ operation: 'storeMany', keys, entries, alone }, callOptions?.signal)
    },
    async remove(key, callOptions) {
      const alone = () => store.remove(key, callOptions)
      return queue.add<boolean>({ operation: 'remove', keys: [key], alone }, callOptions?.signal)
    },
    async load(key, callOptions) {
      return store.load(key, callOptions)
    },
    ...capabilitiesOf(store, queue),
  }
}

/** What not every store has. */
function capabilitiesOf<K, V>(
  store: AsyncBackingStore<K, V>,
  queue: CommitQueue<K, V>,
): Partial<AsyncBackingStore<K, V>> {
  return {
    ...(store.loadMany && {
      loadMany: async (keys: Iterable<K>, options?: CallOptions) => store.loadMany!(keys, options),
    }),
    ...(store.removeMany && {
      removeMany: async (given: Iterable<K>, options?: CallOptions) => {
        const keys = [...given]
        const alone = () => store.removeMany!(keys, options)
        return queue.add<number>({ operation: 'removeMany', keys, alone }, options?.signal)
      },
    }),
    ...(hasVersions(store) && versionsOf(store, queue)),
    ...(store.acquireLease && {
      acquireLease: async (key: K, holder: string, leaseMs: number, options?: CallOptions) =>
        store.acquireLease!(key, holder, leaseMs, options),
    }),
    ...(store.releaseLease && {
      releaseLease: async (key: K, holder: string, options?: CallOptions) =>
        store.releaseLease!(key, holder, options),
    }),
    ...(store.keys && { keys: (options?: CallOptions) => store.keys!(options) }),
    ...(store.revision && { revision: async (options?: CallOptions) => store.revision!(options) }),
    ...(store.subscribe && {
      subscribe: (listener: Parameters<NonNullable<typeof store.subscribe>>[0]) => store.subscribe!(listener),
    }),
    ...(store.close && { close: () => queue.close() }),
  }
}

/** Each conditional write is a call of its own, at its place among the writes of its key. */
function versionsOf<K, V>(
  store: WithVersions<AsyncBackingStore<K, V>>,
  queue: CommitQueue<K, V>,
): Partial<AsyncBackingStore<K, V>> {
  return {
    loadVersioned: async (key, options) => store.loadVersioned(key, options),
    async storeIf(key, given, expected, version, options) {
      const [, value] = checkedEntry('storeIf', key, given)
      const alone = () => store.storeIf(key, value, expected, version, options)
      return queue.add<boolean>({ operation: 'storeIf', keys: [key], alone }, options?.signal)
    },
    async removeIf(key, expected, options) {
      const alone = () => store.removeIf(key, expected, options)
      return queue.add<boolean>({ operation: 'removeIf', keys: [key], alone }, options?.signal)
    },
  }
}

function checkedOptions(options: GroupCommitOptions): Required<GroupCommitOptions> {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('groupCommit: give options such as { maxBatch: 256 }')
  }
  const { maxBatch, maxDelayMs = 0, ...others } = options
  for (const name of Object.keys(others)) {
    throw new TypeError(`groupCommit: there is no option ${name}; there are maxBatch and maxDelayMs`)
  }
  if (!Number.isSafeInteger(maxBatch) || maxBatch < 1) {
    throw new RangeError(`groupCommit: maxBatch is a positive integer, not ${String(maxBatch)}`)
  }
  // Beyond, setTimeout does not wait at all.
  if (!(maxDelayMs >= 0 && maxDelayMs < 2 ** 31)) {
    throw new RangeError(`groupCommit: maxDelayMs is from 0 to 2147483647, not ${String(maxDelayMs)}`)
  }
  return { maxBatch, maxDelayMs }
}

/** The entry as it is at the call. */
function checkedEntry<K, V>(operation: string, key: K, value: V): readonly [K, V] {
  if (value === undefined) {
    throw new TypeError(`${operation} of ${keyText(key)}: undefined cannot be stored; use remove`)
  }
  return [key, snapshot(value)]
}
