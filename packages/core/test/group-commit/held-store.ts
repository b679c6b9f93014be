import type { AsyncBackingStore, CallOptions } from '../../src/index.ts'

/** A write that waits for the test to let it take effect and answer. */
export interface HeldWrite {
  /** Such as `store a=1`, `storeMany a=1 b=2`, `remove a`. */
  readonly name: string
  readonly options: CallOptions | undefined
  go(): void
  fail(error: unknown): void
}

/** A store over a `Map`, each of whose writes is noted, and held until the test lets it go. */
export class HeldStore implements AsyncBackingStore<string, unknown> {
  readonly entries: Map<string, unknown> = new Map()
  readonly held: HeldWrite[] = []
  /** The names of all writes that were asked for. */
  readonly log: string[] = []
  /** When set, writes are not held: what it returns is thrown, and undefined is success. */
  judge: ((name: string) => unknown) | undefined

  store(key: string, value: unknown, options?: CallOptions): Promise<void> {
    return this.#hold(`store ${key}=${text(value)}`, options, () => void this.entries.set(key, value))
  }

  load(key: string): Promise<unknown> {
    return Promise.resolve(this.entries.get(key))
  }

  remove(key: string, options?: CallOptions): Promise<boolean> {
    return this.#hold(`remove ${key}`, options, () => this.entries.delete(key))
  }

  storeMany(given: Iterable<readonly [string, unknown]>, options?: CallOptions): Promise<void> {
    const batch = [...given]
    const name = ['storeMany', ...batch.map(([key, value]) => `${key}=${text(value)}`)].join(' ')
    return this.#hold(name, options, () => {
      for (const [key, value] of batch) this.entries.set(key, value)
    })
  }

  /** The only write that is held. */
  get write(): HeldWrite {
    const [write] = this.held
    if (write === undefined || this.held.length > 1) {
      throw new Error(`${this.held.length} writes are held, not one: ${this.held.map(({ name }) => name)}`)
    }
    return write
  }

  #hold<T>(name: string, options: CallOptions | undefined, effect: () => T): Promise<T> {
    this.log.push(name)
    if (this.judge !== undefined) {
      const error = this.judge(name)
      return error === undefined ? Promise.resolve(effect()) : Promise.reject(error)
    }
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const write: HeldWrite = {
      name,
      options,
      go: () => {
        this.held.splice(this.held.indexOf(write), 1)
        resolve(effect())
      },
      fail: (error) => {
        this.held.splice(this.held.indexOf(write), 1)
        reject(error)
      },
    }
    this.held.push(write)
    return promise
  }
}

function text(value: unknown): string {
  return typeof value === 'number' ? String(value) : typeof value
}
