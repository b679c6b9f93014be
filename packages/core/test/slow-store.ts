import type { AsyncBackingStore, CallOptions, Versioned } from '../src/index.ts'
import { VersionedStore } from './versioned-store.ts'

/** A call that waits for the test to let it take effect and answer. */
export interface HeldCall {
  readonly method:
    | 'store'
    | 'load'
    | 'remove'
    | 'loadVersioned'
    | 'storeIf'
    | 'removeIf'
    | 'acquireLease'
    | 'releaseLease'
  readonly key: string
  readonly options: CallOptions | undefined
  /** Takes effect and answers. */
  go(): void
  /** Takes effect, and answers nothing yet. */
  apply(): void
  fail(error: unknown): void
}

/** An asynchronous store over a `Map`, each of whose calls is held until the test lets it go. */
export class SlowStore implements AsyncBackingStore<string, number> {
  readonly entries: Map<string, number> = new Map()
  readonly held: HeldCall[] = []
  /** True: every call is answered at once. */
  isFast = false
  calls = 0

  store(key: string, value: number, options?: CallOptions): Promise<void> {
    return this.hold('store', key, options, () => void this.entries.set(key, value))
  }

  load(key: string, options?: CallOptions): Promise<number | undefined> {
    return this.hold('load', key, options, () => this.entries.get(key))
  }

  remove(key: string, options?: CallOptions): Promise<boolean> {
    return this.hold('remove', key, options, () => this.entries.delete(key))
  }

  /** The only call that is held. */
  get call(): HeldCall {
    const [call] = this.held
    if (call === undefined || this.held.length > 1)
      throw new Error(`${this.held.length} calls are held, not one`)
    return call
  }

  protected hold<T>(
    method: HeldCall['method'],
    key: string,
    options: CallOptions | undefined,
    effect: () => T,
  ): Promise<T> {
    this.calls++
    if (this.isFast) return Promise.resolve(effect())
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    let result: { readonly value: T } | undefined
    const call: HeldCall = {
      method,
      key,
      options,
      apply: () => {
        result ??= { value: effect() }
      },
      go: () => {
        call.apply()
        this.held.splice(this.held.indexOf(call), 1)
        resolve(result!.value)
      },
      fail: (error) => {
        this.held.splice(this.held.indexOf(call), 1)
        reject(error)
      },
    }
    this.held.push(call)
    return promise
  }
}

/** The same with versions. Others change it through `inner`. */
export class SlowVersionedStore extends SlowStore {
  readonly inner: VersionedStore = new VersionedStore()
  override readonly entries: Map<string, number> = this.inner.entries

  override store(key: string, value: number, options?: CallOptions): Promise<void> {
    return this.hold('store', key, options, () => this.inner.store(key, value))
  }

  override remove(key: string, options?: CallOptions): Promise<boolean> {
    return this.hold('remove', key, options, () => this.inner.remove(key))
  }

  loadVersioned(key: string, options?: CallOptions): Promise<Versioned<number> | undefined> {
    return this.hold('loadVersioned', key, options, () => this.inner.loadVersioned(key))
  }

  storeIf(
    key: string,
    value: number,
    expected: string | undefined,
    version: string,
    options?: CallOptions,
  ): Promise<boolean> {
    return this.hold('storeIf', key, options, () => this.inner.storeIf(key, value, expected, version))
  }

  removeIf(key: string, expected: string, options?: CallOptions): Promise<boolean> {
    return this.hold('removeIf', key, options, () => this.inner.removeIf(key, expected))
  }
}

/** Lets everything run that can. */
export function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
