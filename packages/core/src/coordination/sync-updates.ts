import type { BackingStore, Versioned } from '../backing-store.ts'
import type { Isolation } from '../residence/isolation.ts'
import type { Residence } from '../residence/residence.ts'
import { checkValue, notLater, writeError } from '../store-calls.ts'
import type { StoreError } from '../store-error.ts'
import {
  checkTries,
  hasVersions,
  neededVersions,
  newVersion,
  settled,
  type WithVersions,
} from '../versions.ts'
import type { SyncOperations } from './sync-operations.ts'

type VersionedStore<K, V> = WithVersions<BackingStore<K, V>>

/**
 * Writes that depend on what is there. Where the store has versions they are atomic whoever else writes: it refuses a write
 * when the key has another version than was read, and that is tried again, at once, as a synchronous cache cannot wait.
 * Elsewhere `update` alone is there, and atomic in this process, where nothing comes between.
 */
export class SyncUpdates<K, V> {
  readonly #store: BackingStore<K, V>
  readonly #residence: Residence<K, V>
  readonly #operations: SyncOperations<K, V>
  readonly #isolation: Isolation<V>

  constructor(
    store: BackingStore<K, V>,
    residence: Residence<K, V>,
    operations: SyncOperations<K, V>,
    isolation: Isolation<V>,
  ) {
    this.#store = store
    this.#residence = residence
    this.#operations = operations
    this.#isolation = isolation
  }

  /** What `change` made of the value of a key, which `read` reads where the store has no versions. */
  update(key: K, change: (old: V | undefined) => V | undefined, read: () => V | undefined): V | undefined {
    let answer: V | undefined
    const next = (old: V | undefined) => {
      answer = this.#operations.compute(key, 'update', () => change(old))
      return answer === undefined ? undefined : this.#entering('update', key, answer)
    }
    if (hasVersions(this.#store)) {
      this.#change(this.#store, 'update', key, (old) => next(this.#isolation.leave(old)))
      return answer
    }
    const old = read()
    const value = next(old)
    if (value !== undefined) this.#operations.write(key, value)
    else if (old !== undefined) this.#operations.remove(key)
    return answer
  }

  /** Stores a value if there is none; false when there is. */
  putIfAbsent(key: K, value: V): boolean {
    const store = neededVersions(this.#store, 'putIfAbsent')
    return this.#write(store, key, this.#entering('putIfAbsent', key, value), undefined)
  }

  /** Stores a value if there is one; false when there is none. */
  replace(key: K, value: V): boolean {
    const store = neededVersions(this.#store, 'replace')
    const held = this.#entering('replace', key, value)
    return this.#change(store, 'replace', key, (old) => (old === undefined ? undefined : held))
  }

  /** Writes what `next` makes of the value, as often as it takes. False when there was nothing before and is nothing after. */
  #change(
    store: VersionedStore<K, V>,
    operation: string,
    key: K,
    next: (old: V | undefined) => V | undefined,
  ): boolean {
    const { counters } = this.#residence
    for (let tries = 1; ; tries++) {
      let found: Versioned<V> | undefined
      this.#operations.load(key, () => {
        found = notLater(store.loadVersioned(key), 'loadVersioned')
        return found?.value
      })
      if (found === undefined) counters.misses++
      else counters.backingStoreHits++
      const value = next(found?.value)
      if (found === undefined && value === undefined) return false
      if (this.#write(store, key, value, found?.version)) return true
      checkTries(tries, operation, key)
    }
  }

  /** Stores or removes, if the version is the expected one; false when it was not. */
  #write(store: VersionedStore<K, V>, key: K, value: V | undefined, expected: string | undefined): boolean {
    const residence = this.#residence
    const weight = value === undefined ? 0 : residence.weightOf(key, value)
    const since = residence.now()
    residence.counters[value === undefined ? 'removals' : 'writes']++
    return this.#operations.writeBy(key, (held) => {
      const answer = tryWrite(store, key, value, expected)
      if (answer === false) residence.refused(key)
      else if (answer !== true) {
        throw value === undefined ? residence.removeFailed(key, answer) : residence.writeFailed(key, answer)
      } else if (value === undefined) residence.removed(key)
      else residence.written(key, value, weight, since, held())
      return answer
    })
  }

  #entering(operation: string, key: K, value: V): V {
    checkValue(operation, key, value)
    return this.#isolation.enter(operation, key, value)
  }
}

/** What the store answers; when it cannot say, what a look at the key tells, or the failure. */
function tryWrite<K, V>(
  store: VersionedStore<K, V>,
  key: K,
  value: V | undefined,
  expected: string | undefined,
): boolean | StoreError {
  const next = newVersion()
  try {
    return value === undefined
      ? notLater(store.removeIf(key, expected!), 'removeIf')
      : notLater(store.storeIf(key, value, expected, next), 'storeIf')
  } catch (cause) {
    const failure = writeError(cause, key, value === undefined ? 'remove' : 'store')
    return failure.applied === 'no' ? failure : settled(failure, { expected, next }, versionNow(store, key))
  }
}

/** `undefined` when there is no entry, or that cannot be told. */
function versionNow<K, V>(store: VersionedStore<K, V>, key: K): string | undefined {
  try {
    return store.loadVersioned(key)?.version
  } catch {
    // The failure that led here is what its caller is told.
    return undefined
  }
}
