import type { AsyncBackingStore } from '../backing-store.ts'
import type { WithLeases } from '../leases.ts'
import type { Isolation } from '../residence/isolation.ts'
import { leaseError } from '../store-calls.ts'
import { StoreError } from '../store-error.ts'
import { checkTries, newVersion } from '../versions.ts'
import type { AsyncReads } from './async-reads.ts'
import type { AsyncUpdates } from './async-updates.ts'
import type { Coordination } from './coordination.ts'
import type { Turn } from './key-states.ts'
import type { Patience } from './patience.ts'

/** The longest pause between two looks at what another produces; shorter where a tenth of the lease is. */
const LONGEST_PAUSE_MS = 250

/**
 * `getOrPut` among many processes: who is granted the lease of the key produces, the others wait for its value. A lease keeps
 * nobody from writing: it ends by itself, so that a holder that died holds others up for so long at most, and one that was only
 * slow stores its value if there is none yet (Nishtala et al., NSDI 2013, on what leases do about herds).
 */
export class AsyncLeases<K, V> {
  readonly #shared: Coordination<K, V>
  readonly #reads: AsyncReads<K, V>
  readonly #updates: AsyncUpdates<K, V>
  readonly #isolation: Isolation<V>
  readonly #store: WithLeases<AsyncBackingStore<K, V>>
  readonly #leaseMs: number

  constructor(
    shared: Coordination<K, V>,
    parts: { reads: AsyncReads<K, V>; updates: AsyncUpdates<K, V>; isolation: Isolation<V> },
    store: WithLeases<AsyncBackingStore<K, V>>,
    leaseMs: number,
  ) {
    this.#shared = shared
    this.#reads = parts.reads
    this.#updates = parts.updates
    this.#isolation = parts.isolation
    this.#store = store
    this.#leaseMs = leaseMs
  }

  /** The value of a key that was absent a moment ago: another's, or the one that `produce` brings and is stored. In its turn. */
  async getOrPut(turn: Turn, key: K, produce: () => Promise<V>, patience: Patience): Promise<V> {
    const longestMs = Math.min(this.#leaseMs / 10, LONGEST_PAUSE_MS)
    for (let tries = 0; ; tries++) {
      // Asked for before the look, which may just have missed it.
      const change = this.#shared.nextChange(key)
      if (tries > 0) {
        const present = await this.#present(key, patience)
        if (present !== undefined) return present
      }
      const holder = newVersion()
      if (await this.#acquire(key, holder, patience)) {
        try {
          return await this.#getOrProduce(turn, key, produce, patience)
        } finally {
          this.#release(key, holder)
        }
      }
      if (tries === 0) this.#shared.residence.counters.leaseWaits++
      await patience.pause(Math.random() * Math.min(2 ** tries, longestMs), change)
    }
  }

  /** As the holder of the lease. The one before may have stored its value since this caller looked. */
  async #getOrProduce(turn: Turn, key: K, produce: () => Promise<V>, patience: Patience): Promise<V> {
    let present = await this.#present(key, patience)
    if (present !== undefined) return present
    const value = await patience.wait(produce())
    for (let tries = 1; ; tries++) {
      if (await this.#updates.storeAbsent(turn, this.#store, 'getOrPut', key, value, patience)) return value
      // Somebody else stored meanwhile, and this was too slow.
      present = await this.#present(key, patience)
      if (present !== undefined) return present
      checkTries(tries, 'getOrPut', key)
    }
  }

  /** What the store holds now: what is resident, a remembered absence too, is older than what is waited for. */
  async #present(key: K, patience: Patience): Promise<V | undefined> {
    return this.#isolation.leave(await this.#reads.refresh(key, patience))
  }

  async #acquire(key: K, holder: string, patience: Patience): Promise<boolean> {
    if (patience.over !== undefined) throw patience.over
    const { signal } = patience
    const asking = this.#shared.gate.call(() =>
      this.#store.acquireLease(key, holder, this.#leaseMs, signal === undefined ? {} : { signal }),
    )
    try {
      return await patience.wait(asking)
    } catch (cause) {
      if (cause !== patience.over) throw this.#notGranted(cause, key, holder)
      // Granted to a caller who has gone, it would hold others up for nothing.
      const granted = (isHolder: boolean) => isHolder && this.#release(key, holder)
      asking.then(granted, (failure) => void this.#notGranted(failure, key, holder))
      throw cause
    }
  }

  /** Unless the store is certain, it may have granted the lease, and the answer was lost. */
  #notGranted(cause: unknown, key: K, holder: string): Error {
    if (!StoreError.is(cause) || cause.applied !== 'no') this.#release(key, holder)
    return this.#failed(cause, key)
  }

  /** The caller does not wait for it: should it fail, the lease ends by itself. */
  #release(key: K, holder: string): void {
    const releasing = this.#shared.gate.call(() => this.#store.releaseLease(key, holder))
    releasing.catch((cause) => void this.#failed(cause, key))
  }

  #failed(cause: unknown, key: K): Error {
    const error = leaseError(cause, key)
    this.#shared.residence.observer?.error?.(error)
    return error
  }
}
