import type { AsyncBackingStore, Change } from '../backing-store.ts'
import type { Residence } from '../residence/residence.ts'
import { type KeyState, KeyStates, overtake } from './key-states.ts'
import { StoreGate } from './store-gate.ts'

/** What reads and writes of an asynchronous cache share: the store, the table, the keys in use, and the news from elsewhere. */
export class Coordination<K, V> {
  readonly store: AsyncBackingStore<K, V>
  readonly residence: Residence<K, V>
  readonly states: KeyStates<K, V> = new KeyStates()
  readonly gate: StoreGate = new StoreGate()
  /** News from elsewhere do not reach us: nothing is cached, so that the table stays empty, and no load is shared. */
  down = false

  constructor(store: AsyncBackingStore<K, V>, residence: Residence<K, V>) {
    this.store = store
    this.residence = residence
  }

  /** Takes a key out of the table, and no load under way brings it back; true when it was resident. */
  evict(key: K): boolean {
    overtake(this.states.peek(key))
    return this.residence.drop(key, 'requested')
  }

  evictAll(): void {
    for (const state of this.states.values()) overtake(state)
    this.residence.dropAll('requested')
  }

  /** Others changed the store, or the news of that have stopped or come again. */
  changed(change: Change<K>): void {
    if (change.type === 'keys') {
      for (const key of change.keys) {
        outdate(this.states.peek(key))
        this.residence.drop(key, 'outdated')
      }
      return
    }
    if (change.type !== 'all') this.down = change.type === 'down'
    for (const state of this.states.values()) outdate(state)
    this.residence.dropAll('outdated')
  }

  /** Resolves when somebody elsewhere changes a key next. For who has its turn: it is forgotten with the key. */
  nextChange(key: K): Promise<void> {
    const change = Promise.withResolvers<void>()
    this.states.of(key).change = change
    return change.promise
  }

  /** Throws unless everything is consistent and, `atRest`, no key is in use. For tests. */
  assertInvariants(atRest: boolean): void {
    const { table } = this.residence
    table.assertInvariants()
    if (this.down && table.size > 0) throw new Error('something is resident while the line is down')
    if (atRest && this.states.size > 0) throw new Error(`${this.states.size} keys in use at rest`)
    for (const state of this.states.values()) {
      if (state.fenced && state.lastInLine === undefined) throw new Error('a fence that nobody waits for')
      if (state.flight !== undefined && state.write !== undefined)
        throw new Error('a load is shared during a write')
      if (state.flight?.overtaken === true) throw new Error('an overtaken load is still shared')
    }
  }
}

function outdate<V>(state: KeyState<V> | undefined): void {
  overtake(state)
  if (state?.write !== undefined) state.write.changedElsewhere = true
  state?.change?.resolve()
}
