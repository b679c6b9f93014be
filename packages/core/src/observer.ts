import type { StoreError } from './store-error.ts'

/** Why an entry left the table without being removed from the store. */
export type EvictionReason =
  /** Another needed the room. */
  | 'capacity'
  /** `evict` or `evictAll` was called. */
  | 'requested'
  /** The store holds something else, or may: after a write of unknown outcome, or when a load found nothing. */
  | 'outdated'
  /** It was older than `maxAgeMs`. Told when it is noticed, not when the time is up. */
  | 'expired'

/**
 * Is told what a cache does, in the same turn. Every method is optional, and costs nothing where it is absent. A method
 * that throws harms nobody: what it throws is dropped. Methods may use the cache.
 */
export interface CacheObserver<K, V> {
  /** A read was answered from what is resident, which may be a remembered absence. */
  hit?(key: K): void
  /** A read found nothing resident, and goes to the store. */
  miss?(key: K): void
  /** The store answered a load; `undefined` when it does not hold the key. */
  load?(key: K, value: V | undefined): void
  /** The store took a write. */
  write?(key: K, value: V): void
  /** The store took a remove. */
  remove?(key: K): void
  /** An entry left the table; the store may still hold it. */
  eviction?(key: K, value: V, reason: EvictionReason): void
  /** A load, a write or a remove failed. */
  error?(error: StoreError): void
}

type Method = keyof CacheObserver<unknown, unknown>
const METHODS: readonly Method[] = ['hit', 'miss', 'load', 'write', 'remove', 'eviction', 'error']

/** Throws a `TypeError` unless each method of an observer is one. */
export function checkObserver(observer: unknown): void {
  if (typeof observer !== 'object' || observer === null) {
    throw new TypeError(`observer: an object with some of the methods ${METHODS.join(', ')}`)
  }
  for (const method of METHODS) {
    const value = (observer as Record<string, unknown>)[method]
    if (value !== undefined && typeof value !== 'function') {
      throw new TypeError(`observer.${method} is a function, not ${typeof value}`)
    }
  }
}

/** The same observer, whose methods never throw. */
export function shielded<K, V>(observer: CacheObserver<K, V>): CacheObserver<K, V> {
  const shield: Record<string, (...parameters: unknown[]) => void> = {}
  for (const method of METHODS) {
    const tell = observer[method] as ((...parameters: unknown[]) => void) | undefined
    if (tell === undefined) continue
    shield[method] = (...parameters) => {
      try {
        tell.apply(observer, parameters)
      } catch {
        // An observer looks on. That it fails must not change what a caller of the cache sees.
      }
    }
  }
  return shield as CacheObserver<K, V>
}
