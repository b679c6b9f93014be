import type { AsyncBackingStore, CallOptions, Change, Unsubscribe, Versioned } from '@wt/core'
import type { RedisStore } from '../../src/index.ts'
import { now, type ToldChange } from './history.ts'
import { Recorder, REFUSED } from './recorder.ts'

/** A fault of a cache, as the store below can bring it about: it does not hear what it was told. */
export type Sabotage = 'misses a change in twenty' | 'hears of changes late' | 'forgets conditions'

type Store = AsyncBackingStore<string, number>

const LATE_MS = 20

/** A RedisStore, of which it notes what is asked, what is answered, and what it tells of others' changes. */
export class RecordingStore implements Store {
  readonly recorder: Recorder = new Recorder()
  readonly changes: ToldChange[] = []
  readonly loadVersioned?: NonNullable<Store['loadVersioned']>
  readonly storeIf?: NonNullable<Store['storeIf']>
  readonly removeIf?: NonNullable<Store['removeIf']>
  readonly #store: RedisStore<number>
  readonly #sabotage: Sabotage | undefined

  constructor(store: RedisStore<number>, sabotage?: Sabotage) {
    this.#store = store
    this.#sabotage = sabotage
    if (store.loadVersioned === undefined) return
    this.loadVersioned = (key, options) => this.#loadVersioned(key, options)
    this.storeIf = (...parameters) => this.#storeIf(...parameters)
    this.removeIf = (...parameters) => this.#removeIf(...parameters)
  }

  /** As the last `up` or `down` said. */
  get isUp(): boolean {
    return this.changes.findLast(({ type }) => type === 'up' || type === 'down')?.type === 'up'
  }

  store(key: string, value: number, options?: CallOptions): Promise<void> {
    const call = () => this.#store.store(key, value, options)
    return this.recorder.watch('store', 'write', [[key, value]], call)
  }

  load(key: string, options?: CallOptions): Promise<number | undefined> {
    const call = () => this.#store.load(key, options)
    return this.recorder.watch('load', 'read', [[key, undefined]], call, (value) => ({ value }))
  }

  remove(key: string, options?: CallOptions): Promise<boolean> {
    const call = () => this.#store.remove(key, options)
    return this.recorder.watch('remove', 'remove', [[key, undefined]], call, (existed) => ({ existed }))
  }

  storeMany(given: Iterable<readonly [string, number]>, options?: CallOptions): Promise<void> {
    const entries = [...given]
    return this.recorder.watch('storeMany', 'write', entries, () => this.#store.storeMany(entries, options))
  }

  loadMany(given: Iterable<string>, options?: CallOptions): Promise<Map<string, number>> {
    const keys = [...given]
    const call = () => this.#store.loadMany(keys, options)
    const told = (found: Map<string, number>, key: string) => ({ value: found.get(key) })
    return this.recorder.watch('loadMany', 'read', absent(keys), call, told)
  }

  removeMany(given: Iterable<string>, options?: CallOptions): Promise<number> {
    const keys = [...given]
    return this.recorder.watch('removeMany', 'remove', absent(keys), () =>
      this.#store.removeMany(keys, options),
    )
  }

  #loadVersioned(key: string, options?: CallOptions): Promise<Versioned<number> | undefined> {
    const call = () => this.#store.loadVersioned!(key, options)
    const told = (found: Versioned<number> | undefined) => ({ ...found })
    return this.recorder.watch('loadVersioned', 'read', [[key, undefined]], call, told)
  }

  #storeIf(
    ...[key, value, expected, version, options]: Parameters<NonNullable<Store['storeIf']>>
  ): Promise<boolean> {
    const told = (isStored: boolean) => (isStored ? {} : REFUSED)
    const call = (note: (known: object) => void) => {
      note({ before: { version: expected }, version })
      if (this.#sabotage === 'forgets conditions') return this.#storeAnyway(key, value, version)
      return this.#store.storeIf!(key, value, expected, version, options)
    }
    return this.recorder.watch('storeIf', 'write', [[key, value]], call, told)
  }

  async #storeAnyway(key: string, value: number, version: string): Promise<boolean> {
    const found = await this.#store.loadVersioned!(key)
    return await this.#store.storeIf!(key, value, found?.version, version)
  }

  #removeIf(key: string, expected: string, options?: CallOptions): Promise<boolean> {
    const told = (isRemoved: boolean) => (isRemoved ? { existed: true } : REFUSED)
    const call = (note: (known: object) => void) => {
      note({ before: { version: expected } })
      return this.#store.removeIf!(key, expected, options)
    }
    return this.recorder.watch('removeIf', 'remove', [[key, undefined]], call, told)
  }

  subscribe(listener: (change: Change<string>) => void): Promise<Unsubscribe> {
    return this.#store.subscribe!((change) => {
      this.#tell(listener, change)
      const keys = change.type === 'keys' ? change.keys : []
      this.changes.push({ at: now(), type: change.type, keys })
    })
  }

  close(): Promise<void> {
    return this.#store.close()
  }

  #tell(listener: (change: Change<string>) => void, change: Change<string>): void {
    const isOfKeys = change.type === 'keys'
    if (isOfKeys && this.#sabotage === 'misses a change in twenty' && this.changes.length % 20 === 0) return
    if (isOfKeys && this.#sabotage === 'hears of changes late') setTimeout(() => listener(change), LATE_MS)
    else listener(change)
  }
}

export function absent(keys: readonly string[]): [string, undefined][] {
  return keys.map((key) => [key, undefined])
}
