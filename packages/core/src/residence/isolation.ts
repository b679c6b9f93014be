import { keyText } from '../key-text.ts'
import { StoreError } from '../store-error.ts'

/** Copies values where they enter or leave a cache, if that is asked: then nobody outside shares memory with a resident. */
export class Isolation<V> {
  readonly #copy: ((value: V) => V) | undefined

  constructor(isolate: boolean | ((value: V) => V) = false) {
    if (isolate !== false) this.#copy = isolate === true ? cloneObject : isolate
  }

  get isOn(): boolean {
    return this.#copy !== undefined
  }

  /** The caller's value, as the cache may hold it. Throws `INVALID_VALUE` when it cannot be copied. */
  enter(operation: string, key: unknown, value: V): V {
    return this.#copy === undefined ? value : this.#copied(operation, key, value, this.#copy)
  }

  #copied(operation: string, key: unknown, value: V, copy: (value: V) => V): V {
    try {
      return copy(value)
    } catch (cause) {
      const message = `${operation} of ${keyText(key)}: isolate could not copy the value: ${String(cause)}`
      throw new StoreError('INVALID_VALUE', message, { key, cause })
    }
  }

  /** What a caller gets for a value that the cache holds. Throws whatever copying throws. */
  leave<T extends V | undefined>(value: T): T {
    return this.#copy === undefined || value === undefined ? value : (this.#copy(value) as T)
  }

  /** The same for entries, one at a time. */
  *leaving<K>(entries: Iterable<[K, V]>): Generator<[K, V], void, undefined> {
    for (const [key, value] of entries) yield [key, this.leave(value)]
  }
}

function cloneObject<V>(value: V): V {
  return typeof value === 'object' || typeof value === 'function' ? structuredClone(value) : value
}
