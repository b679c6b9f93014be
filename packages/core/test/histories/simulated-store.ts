import {
  type AsyncBackingStore,
  type Change,
  newVersion,
  StoreError,
  type Unsubscribe,
  type Versioned,
} from '../../src/index.ts'

/** A random number generator (mulberry32): the same seed, the same numbers. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below)
  }
}

/** A call that the store has been asked for: first it takes effect, later it answers. Each step is the simulation's to take. */
export interface PendingCall {
  readonly name: string
  readonly keys: readonly string[]
  readonly isWrite: boolean
  step(): void
}

export type Fate = 'succeeds' | 'refused' | 'lost' | 'applied, then lost'

/**
 * A store whose every call is a `PendingCall`, and whose changes by others are announced when the simulation says so.
 */
export class SimulatedStore implements AsyncBackingStore<string, number> {
  readonly contents: Contents = new Contents()
  readonly pending: PendingCall[] = []
  readonly #fate: () => Fate
  listener: ((change: Change<string>) => void) | undefined

  constructor(fate: () => Fate) {
    this.#fate = fate
  }

  store(key: string, value: number): Promise<void> {
    return this.#call(`store ${key}=${value}`, [key], true, () => void this.contents.set(key, value))
  }

  load(key: string): Promise<number | undefined> {
    return this.#call(`load ${key}`, [key], false, () => this.contents.get(key))
  }

  remove(key: string): Promise<boolean> {
    return this.#call(`remove ${key}`, [key], true, () => this.contents.delete(key))
  }

  #call<T>(name: string, keys: readonly string[], isWrite: boolean, effect: () => T): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const fate = this.#fate()
    let answer: (() => void) | undefined
    const call: PendingCall = {
      name: `${name} (${fate})`,
      keys,
      isWrite,
      step: () => {
        if (answer !== undefined) {
          this.pending.splice(this.pending.indexOf(call), 1)
          answer()
          return
        }
        if (fate === 'succeeds') {
          const result = effect()
          answer = () => resolve(result)
        } else {
          if (fate === 'applied, then lost') effect()
          const error =
            fate === 'refused' ? new StoreError('BUSY', 'refused') : new StoreError('WRITE_FAILURE', 'lost')
          answer = () => reject(error)
        }
      },
    }
    const twice =
      isWrite && this.pending.some((other) => other.isWrite && other.keys.some((key) => keys.includes(key)))
    if (twice) throw new Error(`two writes of one key at the store: ${call.name}`)
    this.pending.push(call)
    return promise
  }

  /** With bulk methods that are all or nothing. */
  withBatches(): this {
    return Object.assign(this, {
      storeMany: (entries: Iterable<readonly [string, number]>) => {
        const batch = new Map(entries)
        const name = `storeMany ${[...batch].map(([key, value]) => `${key}=${value}`)}`
        return this.#call(name, [...batch.keys()], true, () => {
          for (const [key, value] of batch) this.contents.set(key, value)
        })
      },
      loadMany: (keys: Iterable<string>) => {
        const list = [...keys]
        return this.#call(`loadMany ${list}`, list, false, () => {
          const found = new Map<string, number>()
          for (const key of list) if (this.contents.has(key)) found.set(key, this.contents.get(key)!)
          return found
        })
      },
      removeMany: (keys: Iterable<string>) => {
        const list = [...keys]
        return this.#call(
          `removeMany ${list}`,
          list,
          true,
          () => list.filter((key) => this.contents.delete(key)).length,
        )
      },
    })
  }

  /** With writes that depend on what is there. */
  withVersions(): this {
    const { contents } = this
    return Object.assign(this, {
      loadVersioned: (key: string) =>
        this.#call(`loadVersioned ${key}`, [key], false, () => contents.versioned(key)),
      storeIf: (key: string, value: number, expected: string | undefined, version: string) =>
        this.#call(`storeIf ${key}=${value}`, [key], true, () => {
          if (contents.versioned(key)?.version !== expected) return false
          contents.setVersioned(key, { value, version })
          return true
        }),
      removeIf: (key: string, expected: string) =>
        this.#call(
          `removeIf ${key}`,
          [key],
          true,
          () => contents.versioned(key)?.version === expected && contents.delete(key),
        ),
    })
  }

  /** With leases, which end in the simulation's time; `isAnothers` says whether somebody else was first. */
  withLeases(now: () => number, isAnothers: () => boolean): this {
    const leases = new Map<string, { readonly holder: string; readonly until: number }>()
    return Object.assign(this, {
      acquireLease: (key: string, holder: string, leaseMs: number) =>
        this.#call(`acquireLease ${key}`, [key], false, () => {
          if ((leases.get(key)?.until ?? 0) > now()) return false
          const isGranted = !isAnothers()
          leases.set(key, { holder: isGranted ? holder : 'another', until: now() + leaseMs })
          return isGranted
        }),
      releaseLease: (key: string, holder: string) =>
        this.#call(`releaseLease ${key}`, [key], false, () => {
          if (leases.get(key)?.holder === holder) leases.delete(key)
        }),
    })
  }

  /** With a revision that the simulation counts up. */
  withRevision(revision: () => number): this {
    return Object.assign(this, { revision: () => this.#call('revision', [], false, revision) })
  }

  withFeed(): this {
    return Object.assign(this, {
      subscribe: (listener: (change: Change<string>) => void): Unsubscribe => {
        this.listener = listener
        return () => {
          this.listener = undefined
        }
      },
    })
  }
}

/** What the store holds. Whoever writes it, the cache or others, gives the key another version. */
export class Contents extends Map<string, number> {
  readonly #versions = new Map<string, string>()

  override set(key: string, value: number): this {
    this.#versions.delete(key)
    return super.set(key, value)
  }

  override delete(key: string): boolean {
    this.#versions.delete(key)
    return super.delete(key)
  }

  versioned(key: string): Versioned<number> | undefined {
    const value = this.get(key)
    if (value === undefined) return undefined
    const version = this.#versions.get(key) ?? newVersion()
    this.#versions.set(key, version)
    return { value, version }
  }

  setVersioned(key: string, { value, version }: Versioned<number>): void {
    this.set(key, value)
    this.#versions.set(key, version)
  }
}
