import type { AsyncBackingStore, Awaitable, Versioned } from '../backing-store.ts'
import { readError } from '../store-calls.ts'
import { residentValue } from '../residence/residence.ts'
import type { WithVersions } from '../versions.ts'
import type { Coordination } from './coordination.ts'
import { type Answer, type Flight, type KeyState, LOOK_AGAIN, overtake } from './key-states.ts'
import type { Patience } from './patience.ts'

/** How often a reader is overtaken before it loads on its own. */
const OVERTAKEN_AT_MOST = 2

/**
 * Reads when the store may answer later. A reader looks: at the table; else at the write under way, whose value it takes;
 * else at the load under way, which it shares; else it begins one. A load that was overtaken is neither cached nor
 * answered, and its readers look again: otherwise one that saw a write before its acknowledgement would answer the new
 * value, and the next reader, served by the table, the old.
 */
export class AsyncReads<K, V> {
  readonly #shared: Coordination<K, V>
  /** What the store answered last when it was asked for its revision. */
  #revision: unknown

  constructor(shared: Coordination<K, V>) {
    this.#shared = shared
  }

  /** The value of a key; `undefined` when there is none. It becomes resident if `install` is set. */
  async read(key: K, patience: Patience, install = true): Promise<V | undefined> {
    const { residence } = this.#shared
    for (let overtaken = 0; ; overtaken++) {
      if (patience.over !== undefined) throw patience.over
      const resident = install ? residence.read(key) : residence.peek(key)
      if (resident !== undefined) return residentValue(resident)
      const alone = this.#shared.down || overtaken >= OVERTAKEN_AT_MOST
      const answer = await patience.wait(this.#look(key, alone, install))
      if (answer !== LOOK_AGAIN) return answer.value
    }
  }

  /**
   * Asks the store whether others changed it since this was asked last; then nothing stays resident and no load under way
   * counts. What is looked at afterwards was read or written after the change, or there was none.
   */
  async dropIfChanged(patience: Patience): Promise<void> {
    const { store, gate, residence } = this.#shared
    let revision: unknown
    try {
      revision = await patience.wait(gate.call(() => store.revision?.()))
    } catch (cause) {
      if (patience.over !== undefined) throw patience.over
      throw residence.loadFailed(readError(cause, undefined))
    }
    if (revision === this.#revision) return
    this.#revision = revision
    this.#shared.changed({ type: 'all' })
  }

  /** Loads a key again, whatever is resident, and makes it resident. */
  async refresh(key: K, patience: Patience): Promise<V | undefined> {
    if (patience.over !== undefined) throw patience.over
    // A load that began before this call may not have seen what it is called for.
    overtake(this.#shared.states.peek(key))
    const answer = await patience.wait(this.#look(key, this.#shared.down, true))
    return answer === LOOK_AGAIN ? this.read(key, patience) : answer.value
  }

  /**
   * Loads a key with its version, in a turn of the key, as a load that readers may share. An overtaken one is answered all the
   * same: it is for a write which the store holds against that version.
   */
  async loadVersioned(
    key: K,
    store: WithVersions<AsyncBackingStore<K, V>>,
    patience: Patience,
  ): Promise<Versioned<V> | undefined> {
    const { states, residence } = this.#shared
    for (;;) {
      if (patience.over !== undefined) throw patience.over
      let loaded: { readonly found: Versioned<V> | undefined } | undefined
      const load = async () => {
        const found = await store.loadVersioned(key)
        loaded = { found }
        return found?.value
      }
      // A load that began before may bring something older than this one, which the caller will have seen.
      overtake(states.peek(key))
      const look = this.#shared.down
        ? this.#loadAlone(key, load)
        : this.#fly(key, states.of(key), residence.now(), true, load)
      await patience.wait(look)
      // A load that was overtaken and failed has told nobody.
      if (loaded !== undefined) return loaded.found
    }
  }

  /**
   * Begins one `loadMany` for those keys that are neither resident nor under way, if the store has it, so that readers of
   * them share it. When it fails, each key is loaded by itself.
   */
  loadTogether(keys: Iterable<K>): void {
    const { store, states, residence, gate, down } = this.#shared
    if (store.loadMany === undefined || down) return
    const missing = new Map<K, KeyState<V>>()
    const since = residence.now()
    for (const key of keys) {
      if (residence.peek(key) !== undefined) continue
      const state = states.of(key)
      if (state.write === undefined && state.flight === undefined) missing.set(key, state)
    }
    if (missing.size < 2) {
      for (const [key, state] of missing) states.release(key, state)
      return
    }
    const { promise: began, resolve } = Promise.withResolvers<Map<K, V> | undefined>()
    for (const [key, state] of missing) {
      void this.#fly(key, state, since, true, async () => {
        const found = await began
        return found === undefined ? gate.call(() => store.load(key)) : found.get(key)
      })
    }
    // Which key is to blame for a failure is for `load` to say, key by key.
    gate.call(() => store.loadMany!(missing.keys())).then(resolve, () => resolve(undefined))
  }

  /** What is to be learned about a key without the table. */
  async #look(key: K, alone: boolean, install: boolean): Promise<Answer<V>> {
    const { states, store, residence } = this.#shared
    const { write, flight } = states.peek(key) ?? {}
    if (write !== undefined) {
      // A write that began too long ago is waited for all the same: until then nobody knows what the store holds.
      const fresh = residence.isFresh(write.since)
      const answer = await write.answer
      return fresh ? answer : LOOK_AGAIN
    }
    if (alone) return await this.#loadAlone(key, () => store.load(key))
    if (flight !== undefined && !residence.isFresh(flight.since)) overtake(states.peek(key))
    const since = residence.now()
    const state = states.of(key)
    if (state.flight === undefined) return await this.#fly(key, state, since, install, () => store.load(key))
    residence.counters.coalescedLoads++
    state.flight.install ||= install
    return await state.flight.answer
  }

  /** Begins a load that readers share. */
  #fly(
    key: K,
    state: KeyState<V>,
    since: number,
    install: boolean,
    load: () => Awaitable<V | undefined>,
  ): Promise<Answer<V>> {
    const flight: Flight<V> = { since, overtaken: false, install, answer: Promise.resolve(LOOK_AGAIN) }
    state.flight = flight
    flight.answer = this.#land(key, state, flight, load)
    // Its readers hear of a failure; when all have left, nobody has to.
    flight.answer.catch(() => {})
    return flight.answer
  }

  async #land(
    key: K,
    state: KeyState<V>,
    flight: Flight<V>,
    load: () => Awaitable<V | undefined>,
  ): Promise<Answer<V>> {
    const { residence, states, gate } = this.#shared
    try {
      const value = await gate.call(load)
      if (flight.overtaken) return LOOK_AGAIN
      if (flight.install && !state.fenced) residence.loaded(key, value, flight.since)
      return { value }
    } catch (cause) {
      if (flight.overtaken) return LOOK_AGAIN
      throw residence.loadFailed(readError(cause, key))
    } finally {
      if (state.flight === flight) state.flight = undefined
      states.release(key, state)
    }
  }

  /** A load for one reader, which leaves nothing resident. */
  async #loadAlone(key: K, load: () => Awaitable<V | undefined>): Promise<Answer<V>> {
    const { residence, states, gate } = this.#shared
    try {
      const value = await gate.call(load)
      // The write under way may be older than what was loaded, and nobody will have told it so when it is answered.
      if (states.peek(key)?.write !== undefined) return LOOK_AGAIN
      // What is resident, or about to be, may be older than what this reader was answered: the next must not be served it.
      overtake(states.peek(key))
      residence.drop(key, 'outdated')
      return { value }
    } catch (cause) {
      throw residence.loadFailed(readError(cause, key))
    }
  }
}
