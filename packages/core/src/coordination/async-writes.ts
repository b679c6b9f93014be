import type { Awaitable, CallOptions } from '../backing-store.ts'
import { type BulkOutcome, bulkOutcome } from '../store-calls.ts'
import { StoreError } from '../store-error.ts'
import type { Coordination } from './coordination.ts'
import {
  type Answer,
  type KeyState,
  LOOK_AGAIN,
  overtake,
  type Turn,
  type WriteUnderWay,
} from './key-states.ts'
import { type Patience, sent } from './patience.ts'

/** What a write does with its keys: what the readers who waited for it are answered, and what becomes of the table. */
interface Effect<K, V> {
  readonly operation: 'store' | 'remove'
  value(key: K): V | undefined
  /** How heavy the values are, in the order of the keys. */
  readonly weights: readonly number[]
  /** The store answers `false` when it refused, because somebody else had changed the key. */
  readonly isConditional?: boolean
}

/** How a write of some keys went: what the store answered, or the outcome by key. */
export type WriteResult<K, T> =
  | { readonly result: T; readonly outcome?: undefined }
  | { readonly result?: undefined; readonly outcome: BulkOutcome<K> }

/**
 * Writes when the store may answer later. A write waits for its turn in the line of each of its keys; then it begins: the
 * loads under way are overtaken, and readers wait for it. When it has succeeded its value is resident, unless somebody
 * elsewhere changed the key meanwhile. A write that is given up while the store has it *fences* its key until the store
 * has answered: nothing is cached, reads go through, and later writes wait.
 */
export class AsyncWrites<K, V> {
  readonly #shared: Coordination<K, V>

  constructor(shared: Coordination<K, V>) {
    this.#shared = shared
  }

  /** Runs `body` when all who wrote one of `keys` before have been answered; who gives up before that never begins. */
  async inTurn<T>(keys: Iterable<K>, patience: Patience, body: (turn: Turn) => Promise<T>): Promise<T> {
    const turn = this.#shared.states.join(keys)
    let reached = false
    try {
      if (turn.before !== undefined) await patience.wait(turn.before)
      if (patience.over !== undefined) throw patience.over
      reached = true
      return await body(turn)
    } finally {
      turn.leave(reached)
    }
  }

  /** Stores one entry, in a turn. Throws the failure. */
  async storeOne(turn: Turn, key: K, value: V, patience: Patience): Promise<void> {
    const { store } = this.#shared
    const { outcome } = await this.store(turn, new Map([[key, value]]), patience, (call) =>
      store.store(key, value, call),
    )
    if (outcome !== undefined) throw onlyFailure(outcome)
  }

  /** Removes one key, in a turn; true when the store held it. Throws the failure. */
  async removeOne(turn: Turn, key: K, patience: Patience): Promise<boolean> {
    const { store } = this.#shared
    const { result, outcome } = await this.remove(turn, new Set([key]), patience, (call) =>
      store.remove(key, call),
    )
    if (outcome !== undefined) throw onlyFailure(outcome)
    return result
  }

  /**
   * Stores one entry, or removes it when the value is `undefined`, by a `call` that answers `false` when somebody else had
   * changed the key, in a turn; false then. Throws the failure.
   */
  async writeIf(
    turn: Turn,
    key: K,
    value: V | undefined,
    patience: Patience,
    call: (options: CallOptions) => Promise<boolean>,
  ): Promise<boolean> {
    const { residence } = this.#shared
    const { result, outcome } = await this.#send(turn, [key], patience, call, {
      operation: value === undefined ? 'remove' : 'store',
      value: () => value,
      weights: value === undefined ? [] : [residence.weightOf(key, value)],
      isConditional: true,
    })
    if (outcome !== undefined) throw onlyFailure(outcome)
    return result
  }

  /** Stores entries, by one call of the store, in a turn. */
  store<T>(
    turn: Turn,
    batch: ReadonlyMap<K, V>,
    patience: Patience,
    call: (options: CallOptions) => Awaitable<T>,
  ): Promise<WriteResult<K, T>> {
    // What cannot be weighed is refused before anything happens.
    const weights = [...batch].map(([key, value]) => this.#shared.residence.weightOf(key, value))
    return this.#send(turn, [...batch.keys()], patience, call, {
      operation: 'store',
      value: (key) => batch.get(key),
      weights,
    })
  }

  /** Removes keys, by one call of the store, in a turn. */
  remove<T>(
    turn: Turn,
    keys: ReadonlySet<K>,
    patience: Patience,
    call: (options: CallOptions) => Awaitable<T>,
  ): Promise<WriteResult<K, T>> {
    // They left when the call was made, and may have been loaded again before its turn.
    for (const key of keys) this.#shared.residence.table.delete(key)
    return this.#send(turn, [...keys], patience, call, {
      operation: 'remove',
      value: () => undefined,
      weights: [],
    })
  }

  async #send<T>(
    turn: Turn,
    keys: readonly K[],
    patience: Patience,
    call: (options: CallOptions) => Awaitable<T>,
    effect: Effect<K, V>,
  ): Promise<WriteResult<K, T>> {
    const { residence, gate } = this.#shared
    const since = residence.now()
    const begun = keys.map((key, index) => this.#begin(key, since, effect.weights[index] ?? 0))
    if (effect.operation === 'store') residence.counters.writes += keys.length
    else residence.counters.removals += keys.length
    const { signal } = patience
    const calling = gate.call(() => call(signal === undefined ? {} : { signal }))
    const answer = await this.#answerTo(turn, begun, calling, patience, effect.operation)
    const isRefused = effect.isConditional === true && answer.result === false
    this.#settle(begun, effect, answer.outcome, isRefused)
    return answer
  }

  /** What the store answered, or how it went by key. */
  async #answerTo<T>(
    turn: Turn,
    begun: readonly Begun<K, V>[],
    calling: Promise<T>,
    patience: Patience,
    operation: 'store' | 'remove',
  ): Promise<WriteResult<K, T>> {
    try {
      return { result: await patience.wait(calling) }
    } catch (cause) {
      if (patience.over !== undefined && cause === patience.over) {
        return { outcome: this.#givenUp(turn, begun, calling, patience.over) }
      }
      const keys = begun.map(({ key }) => key)
      return { outcome: bulkOutcome<K>(cause, keys, operation) }
    }
  }

  #settle(
    begun: readonly Begun<K, V>[],
    effect: Effect<K, V>,
    outcome: BulkOutcome<K> | undefined,
    isRefused: boolean,
  ): void {
    let thrown: { readonly error: unknown } | undefined
    for (const write of begun) {
      try {
        if (isRefused) this.#refused(write)
        else if (outcome === undefined || outcome.written.has(write.key)) this.#succeeded(write, effect)
        else this.#failed(write, effect, outcome.failures.get(write.key))
      } catch (error) {
        // A policy's, whose table is empty now. It must not keep the readers of the other keys waiting.
        thrown ??= { error }
      }
    }
    if (thrown !== undefined) throw thrown.error
  }

  #begin(key: K, since: number, weight: number): Begun<K, V> {
    const state = this.#shared.states.of(key)
    overtake(state)
    const { promise: answer, resolve: settle } = Promise.withResolvers<Answer<V>>()
    const write: WriteUnderWay<V> = { since, changedElsewhere: false, answer, settle }
    state.write = write
    return { key, state, write, weight }
  }

  #succeeded({ key, state, write, weight }: Begun<K, V>, effect: Effect<K, V>): void {
    const { residence, down } = this.#shared
    const value = effect.value(key)
    try {
      if (effect.operation === 'remove') residence.removed(key)
      else residence.written(key, value as V, weight, write.since, !write.changedElsewhere && !down)
    } finally {
      // Also when the policy throws: nobody must wait for ever.
      this.#answer(state, write, write.changedElsewhere || down ? LOOK_AGAIN : { value })
    }
  }

  #refused({ key, state, write }: Begun<K, V>): void {
    this.#shared.residence.refused(key)
    this.#answer(state, write, LOOK_AGAIN)
  }

  #failed(
    { key, state, write }: Begun<K, V>,
    { operation }: Effect<K, V>,
    error: StoreError | undefined,
  ): void {
    const { residence } = this.#shared
    try {
      if (operation === 'remove') residence.removeFailed(key, error)
      else residence.writeFailed(key, error)
    } finally {
      this.#answer(state, write, LOOK_AGAIN)
    }
  }

  #answer(state: KeyState<V>, write: WriteUnderWay<V>, answer: Answer<V>): void {
    state.write = undefined
    write.settle(answer)
  }

  /** The caller has gone, and the store has not answered: fences the keys until it has, which also keeps the turn. */
  #givenUp(
    turn: Turn,
    begun: readonly Begun<K, V>[],
    calling: Promise<unknown>,
    over: StoreError,
  ): BulkOutcome<K> {
    const { counters } = this.#shared.residence
    counters.fencedKeys += begun.length
    for (const { state } of begun) state.fenced = true
    const lift = () => {
      counters.fencedKeys -= begun.length
      for (const { state } of begun) {
        state.fenced = false
        overtake(state)
      }
    }
    turn.holdUntil(calling.then(lift, lift))
    const error = sent(over)
    return { failures: new Map(begun.map(({ key }) => [key, error])), written: new Set() }
  }
}

/** A write of one key that has begun. */
interface Begun<K, V> {
  readonly key: K
  readonly state: KeyState<V>
  readonly write: WriteUnderWay<V>
  readonly weight: number
}

function onlyFailure<K>(outcome: BulkOutcome<K>): StoreError {
  const [failure] = outcome.failures.values()
  return failure ?? new StoreError('WRITE_FAILURE', 'the store did not say what became of the write')
}
