/** What a reader learns from a load or write that it waited for: a value or absence, or that it has to look again. */
export type Answer<V> = { readonly value: V | undefined } | typeof LOOK_AGAIN
export const LOOK_AGAIN: unique symbol = Symbol('look again')

/** A load under way, shared by the readers of its key. */
export interface Flight<V> {
  /** When it began, where entries age. */
  readonly since: number
  /** Something happened to the key since the load began: what it brings is neither cached nor answered. */
  overtaken: boolean
  /** Whether what it brings shall be resident. */
  install: boolean
  answer: Promise<Answer<V>>
}

/** A write whose store call was made and whose caller has not been answered. */
export interface WriteUnderWay<V> {
  /** When it began, where entries age. */
  readonly since: number
  /** Somebody elsewhere changed the key since the write began. */
  changedElsewhere: boolean
  readonly answer: Promise<Answer<V>>
  readonly settle: (answer: Answer<V>) => void
}

/** What is under way with one key. */
export interface KeyState<V> {
  flight: Flight<V> | undefined
  write: WriteUnderWay<V> | undefined
  /** A write was given up and its store call has not settled: nobody knows what the store holds until it has. */
  fenced: boolean
  /** Resolves when somebody elsewhere changes the key, where one waits for that. */
  change: PromiseWithResolvers<void> | undefined
  /** Settles when the last write in line has left. */
  lastInLine: Promise<void> | undefined
}

/**
 * The keys in use, and the line in which the writes of each key wait for their turn. A key is forgotten when nothing is
 * under way with it. Every method is O(1) a key.
 */
export class KeyStates<K, V> {
  readonly #states = new Map<K, KeyState<V>>()

  get size(): number {
    return this.#states.size
  }

  /** The state of a key in use, or `undefined`. */
  peek(key: K): KeyState<V> | undefined {
    return this.#states.get(key)
  }

  /** The state of a key, which is in use from now on. Whoever is done with it calls `release`. */
  of(key: K): KeyState<V> {
    let state = this.#states.get(key)
    if (state === undefined) {
      state = {
        flight: undefined,
        write: undefined,
        fenced: false,
        change: undefined,
        lastInLine: undefined,
      }
      this.#states.set(key, state)
    }
    return state
  }

  /** Forgets the key if nothing is under way with it. */
  release(key: K, state: KeyState<V>): void {
    const idle = state.flight === undefined && state.write === undefined && state.lastInLine === undefined
    if (idle && this.#states.get(key) === state) this.#states.delete(key)
  }

  values(): Iterable<KeyState<V>> {
    return this.#states.values()
  }

  /**
   * Takes a place in the lines of all `keys` at once. As every batch does so in one turn of the event loop, no two of them
   * wait for each other.
   */
  join(keys: Iterable<K>): Turn {
    const places: (() => void)[] = []
    const before: Promise<void>[] = []
    const { promise: done, resolve } = Promise.withResolvers<void>()
    for (const key of keys) {
      const state = this.of(key)
      if (state.lastInLine !== undefined) before.push(state.lastInLine)
      state.lastInLine = done
      places.push(() => {
        if (state.lastInLine === done) state.lastInLine = undefined
        this.release(key, state)
      })
    }
    return new Turn(before, () => {
      resolve()
      for (const leave of places) leave()
    })
  }
}

/** A place in line. */
export class Turn {
  /** Settles when all who were before have left; `undefined` when nobody was. */
  readonly before: Promise<unknown> | undefined
  readonly #leave: () => void
  #heldUntil: Promise<unknown> | undefined

  constructor(before: readonly Promise<void>[], leave: () => void) {
    this.before = before.length === 0 ? undefined : Promise.all(before)
    this.#leave = leave
  }

  /** The place is kept until `settled` has settled, which must not reject, even when `leave` is called before. */
  holdUntil(settled: Promise<unknown>): void {
    this.#heldUntil = settled
  }

  /** Lets the next in line go, once all before have left and nothing holds the place. */
  leave(reached: boolean): void {
    const until = reached ? this.#heldUntil : this.before
    if (until === undefined) this.#leave()
    else void until.then(this.#leave)
  }
}

/** The loads that are under way are of no use any more to those who look from now on, nor to those who wait for them. */
export function overtake<V>(state: KeyState<V> | undefined): void {
  if (state?.flight === undefined) return
  state.flight.overtaken = true
  state.flight = undefined
}
