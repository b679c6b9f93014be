import type { AsyncBackingStore, Awaitable, CallOptions } from '../backing-store.ts'
import type { Isolation } from '../residence/isolation.ts'
import { checkValue, writeError } from '../store-calls.ts'
import {
  checkTries,
  hasVersions,
  neededVersions,
  newVersion,
  settled,
  type VersionChange,
  type WithVersions,
} from '../versions.ts'
import type { AsyncReads } from './async-reads.ts'
import type { AsyncWrites } from './async-writes.ts'
import type { Coordination } from './coordination.ts'
import type { Turn } from './key-states.ts'
import type { Patience } from './patience.ts'

/** The longest pause between two tries. */
const LONGEST_PAUSE_MS = 64

type VersionedStore<K, V> = WithVersions<AsyncBackingStore<K, V>>

/**
 * Writes that depend on what is there. Where the store has versions they are atomic whoever else writes: it refuses a write
 * when the key has another version than was read, and that is tried again. Elsewhere `update` alone is there, and atomic in
 * this process, which the turn of its key sees to.
 */
export class AsyncUpdates<K, V> {
  readonly #shared: Coordination<K, V>
  readonly #reads: AsyncReads<K, V>
  readonly #writes: AsyncWrites<K, V>
  readonly #isolation: Isolation<V>

  constructor(
    shared: Coordination<K, V>,
    reads: AsyncReads<K, V>,
    writes: AsyncWrites<K, V>,
    isolation: Isolation<V>,
  ) {
    this.#shared = shared
    this.#reads = reads
    this.#writes = writes
    this.#isolation = isolation
  }

  /** What `change` made of the value of a key, which `read` reads where the store has no versions. */
  update(
    key: K,
    change: (old: V | undefined) => Awaitable<V | undefined>,
    patience: Patience,
    read: () => Promise<V | undefined>,
  ): Promise<V | undefined> {
    let answer: V | undefined
    const next = async (old: V | undefined) => {
      answer = await change(old)
      return answer === undefined ? undefined : this.#entering('update', key, answer)
    }
    return this.#writes.inTurn([key], patience, async (turn) => {
      const { store } = this.#shared
      if (hasVersions(store)) {
        await this.#change(turn, store, 'update', key, patience, (old) => next(this.#isolation.leave(old)))
        return answer
      }
      const old = await read()
      const value = await patience.wait(next(old))
      if (value !== undefined) await this.#writes.storeOne(turn, key, value, patience)
      else if (old !== undefined) await this.#writes.removeOne(turn, key, patience)
      return answer
    })
  }

  /** Stores a value if there is none; false when there is. */
  async putIfAbsent(key: K, value: V, patience: Patience): Promise<boolean> {
    const store = neededVersions(this.#shared.store, 'putIfAbsent')
    const held = this.#entering('putIfAbsent', key, value)
    return await this.#writes.inTurn([key], patience, (turn) =>
      this.#write(turn, store, key, held, undefined, patience),
    )
  }

  /** The same in a turn, as a part of another operation. */
  async storeAbsent(
    turn: Turn,
    store: VersionedStore<K, V>,
    operation: string,
    key: K,
    value: V,
    patience: Patience,
  ): Promise<boolean> {
    const held = this.#entering(operation, key, value)
    return await this.#write(turn, store, key, held, undefined, patience)
  }

  /** Stores a value if there is one; false when there is none. */
  async replace(key: K, value: V, patience: Patience): Promise<boolean> {
    const store = neededVersions(this.#shared.store, 'replace')
    const held = this.#entering('replace', key, value)
    return await this.#writes.inTurn([key], patience, (turn) =>
      this.#change(turn, store, 'replace', key, patience, async (old) =>
        old === undefined ? undefined : held,
      ),
    )
  }

  /** Writes what `next` makes of the value, as often as it takes. False when there was nothing before and is nothing after. */
  async #change(
    turn: Turn,
    store: VersionedStore<K, V>,
    operation: string,
    key: K,
    patience: Patience,
    next: (old: V | undefined) => Promise<V | undefined>,
  ): Promise<boolean> {
    const { counters } = this.#shared.residence
    for (let tries = 1; ; tries++) {
      const found = await this.#reads.loadVersioned(key, store, patience)
      if (found === undefined) counters.misses++
      else counters.backingStoreHits++
      const value = await patience.wait(next(found?.value))
      if (found === undefined && value === undefined) return false
      if (await this.#write(turn, store, key, value, found?.version, patience)) return true
      checkTries(tries, operation, key)
      await patience.pause(Math.random() * Math.min(2 ** (tries - 1), LONGEST_PAUSE_MS))
    }
  }

  /** Stores or removes, if the version is the expected one; false when it was not. */
  #write(
    turn: Turn,
    store: VersionedStore<K, V>,
    key: K,
    value: V | undefined,
    expected: string | undefined,
    patience: Patience,
  ): Promise<boolean> {
    const next = value === undefined ? undefined : newVersion()
    const call = (options: CallOptions) =>
      value === undefined
        ? store.removeIf(key, expected!, options)
        : store.storeIf(key, value, expected, next!, options)
    return this.#writes.writeIf(turn, key, value, patience, (options) =>
      this.#settled(store, key, { expected, next }, () => call(options)),
    )
  }

  /** What the store answers; when it cannot say, what a look at the key tells. */
  async #settled(
    store: VersionedStore<K, V>,
    key: K,
    change: VersionChange,
    call: () => Awaitable<boolean>,
  ): Promise<boolean> {
    try {
      return await call()
    } catch (cause) {
      const failure = writeError(cause, key, change.next === undefined ? 'remove' : 'store')
      if (failure.applied === 'no') throw failure
      const answer = settled(failure, change, await this.#versionNow(store, key), store.lateWrites)
      if (answer !== true) throw answer
      return true
    }
  }

  /** `undefined` when there is no entry, or that cannot be told. */
  async #versionNow(store: VersionedStore<K, V>, key: K): Promise<string | undefined> {
    try {
      return (await this.#shared.gate.call(() => store.loadVersioned(key)))?.version
    } catch {
      // The failure that led here is what its caller is told.
      return undefined
    }
  }

  #entering(operation: string, key: K, value: V): V {
    checkValue(operation, key, value)
    return this.#isolation.enter(operation, key, value)
  }
}
