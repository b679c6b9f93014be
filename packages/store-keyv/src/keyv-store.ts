import type { Awaitable, Codec } from '@wt/core'
import { type TextMedium, TextStore } from '@wt/core/node'

/** What a keyv driver is, as far as this store asks: `new KeyvSqlite(…)`, `new KeyvFile(…)`, a `Map`. */
export interface KeyvDriver {
  get(key: string): Awaitable<unknown>
  set(key: string, value: string): unknown
  delete(key: string): unknown
  iterator?(namespace?: string): AsyncIterable<readonly unknown[]>
  disconnect?(): unknown
  on?(event: 'error', listener: () => void): unknown
}

export interface KeyvStoreOptions<V> {
  /** The driver itself, which one would hand to `new Keyv({ store: driver })`; not a `Keyv`, which hides failures. */
  readonly driver: KeyvDriver
  /** Turns values into bytes and back. Default `json()`. */
  readonly codec?: Codec<V>
}

/**
 * A backing store over any keyv driver. Keys that the driver would confuse stay apart, damage is `CORRUPT`, calls of a key
 * keep their order, and no failure is lost: see `TextStore`, which this is. `close` disconnects the driver.
 */
export class KeyvStore<V = unknown> extends TextStore<V> {
  /** Throws a `TypeError` for what is no driver. */
  constructor({ driver, codec }: KeyvStoreOptions<V>) {
    super(mediumOf(driver), codec === undefined ? {} : { codec })
  }
}

function mediumOf(driver: KeyvDriver): TextMedium {
  if (typeof driver === 'object' && driver !== null && 'throwOnErrors' in driver) {
    throw new TypeError(
      'KeyvStore: driver is a Keyv, which may hide failures; hand over its driver, keyv.store',
    )
  }
  for (const method of ['get', 'set', 'delete'] as const) {
    if (typeof driver?.[method] !== 'function') {
      throw new TypeError(`KeyvStore: driver has no method ${method}; give a keyv driver, or a Map`)
    }
  }
  // Each failure reaches the caller whose call it was. An emitter that nobody listens to would end the process as well.
  driver.on?.('error', () => {})
  const { iterator } = driver
  return {
    get: (name) => driver.get(name),
    set: (name, text) => driver.set(name, text),
    delete: (name) => driver.delete(name),
    ...(driver instanceof Map
      ? { names: () => (driver as Map<string, string>).keys() }
      : iterator !== undefined && { names: () => namesOf(iterator.call(driver)) }),
    close: async () => void (await driver.disconnect?.()),
  }
}

async function* namesOf(entries: AsyncIterable<readonly unknown[]>): AsyncGenerator<string, void, undefined> {
  for await (const [name] of entries) if (typeof name === 'string') yield name
}
