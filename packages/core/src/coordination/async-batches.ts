import { type BulkOutcome, bulkStoreError } from '../store-calls.ts'
import { StoreError } from '../store-error.ts'
import type { AsyncReads } from './async-reads.ts'
import type { AsyncWrites } from './async-writes.ts'
import type { Coordination } from './coordination.ts'
import type { Turn } from './key-states.ts'
import type { Patience } from './patience.ts'

/** Reads and writes of many keys: by one call of the store where it has one for that, else side by side. */
export class AsyncBatches<K, V> {
  readonly #shared: Coordination<K, V>
  readonly #reads: AsyncReads<K, V>
  readonly #writes: AsyncWrites<K, V>

  constructor(shared: Coordination<K, V>, reads: AsyncReads<K, V>, writes: AsyncWrites<K, V>) {
    this.#shared = shared
    this.#reads = reads
    this.#writes = writes
  }

  /** Reads keys, of which the store loads together what it can. */
  async readEach(
    keys: ReadonlySet<K>,
    read: (key: K) => Promise<V | undefined>,
    patience: Patience,
  ): Promise<{ found: Map<K, V>; failures: Map<K, StoreError> }> {
    if (patience.over !== undefined) throw patience.over
    this.#reads.loadTogether(keys)
    const found = new Map<K, V>()
    const failures = new Map<K, StoreError>()
    const answers = await Promise.allSettled([...keys].map(read))
    if (patience.over !== undefined) throw patience.over
    let index = 0
    for (const key of keys) {
      const answer = answers[index++]!
      if (answer.status === 'rejected') {
        if (!StoreError.is(answer.reason)) throw answer.reason
        failures.set(key, answer.reason)
      } else if (answer.value !== undefined) found.set(key, answer.value)
    }
    return { found, failures }
  }

  /** Stores entries. Throws a `BulkStoreError` when some failed. */
  async store(batch: ReadonlyMap<K, V>, patience: Patience): Promise<void> {
    const { store } = this.#shared
    if (store.storeMany === undefined) {
      await this.#eachInTurn('putMany', new Set(batch.keys()), patience, (turn, key) =>
        this.#writes.storeOne(turn, key, batch.get(key) as V, patience),
      )
      return
    }
    await this.#writes.inTurn(batch.keys(), patience, async (turn) => {
      const { outcome } = await this.#writes.store(turn, batch, patience, (call) =>
        store.storeMany!(batch, call),
      )
      if (outcome !== undefined) throw bulkStoreError('putMany', batch.size, outcome)
    })
  }

  /** Removes keys; how many the store held. Throws a `BulkStoreError` when some failed. */
  async remove(keys: ReadonlySet<K>, patience: Patience): Promise<number> {
    const { store } = this.#shared
    if (store.removeMany === undefined) {
      let existed = 0
      await this.#eachInTurn('invalidateMany', keys, patience, async (turn, key) => {
        if (await this.#writes.removeOne(turn, key, patience)) existed++
      })
      return existed
    }
    return await this.#writes.inTurn(keys, patience, async (turn) => {
      const { result, outcome } = await this.#writes.remove(turn, keys, patience, (call) =>
        store.removeMany!(keys, call),
      )
      if (outcome !== undefined) throw bulkStoreError('invalidateMany', keys.size, outcome)
      return result
    })
  }

  /** Writes keys side by side, each in its own turn. Throws a `BulkStoreError` when some failed. */
  async #eachInTurn(
    operation: string,
    keys: ReadonlySet<K>,
    patience: Patience,
    write: (turn: Turn, key: K) => Promise<void>,
  ): Promise<void> {
    const outcome: BulkOutcome<K> & { written: Set<K> } = { failures: new Map(), written: new Set() }
    const writes = [...keys].map(async (key) => {
      try {
        await this.#writes.inTurn([key], patience, (turn) => write(turn, key))
        outcome.written.add(key)
      } catch (error) {
        // Told with the others; what is no failure of the store goes on.
        if (!StoreError.is(error)) throw error
        outcome.failures.set(key, error)
      }
    })
    for (const write of await Promise.allSettled(writes)) if (write.status === 'rejected') throw write.reason
    if (outcome.failures.size > 0) throw bulkStoreError(operation, keys.size, outcome)
  }
}
