import type { Awaitable, Codec } from '@wt/core'
import { type TextMedium, TextStore } from '@wt/core/node'

/** What an unstorage driver is, as far as this store asks: `fsDriver({ base })`, `memoryDriver()`, any other. */
export interface UnstorageDriver {
  getItem(key: string, options?: never): Awaitable<unknown>
  // biome-ignore lint/suspicious/noExplicitAny: what a driver takes as options is its own affair.
  setItem?(key: string, value: string, options: any): unknown
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  removeItem?(key: string, options: any): unknown
  // biome-ignore lint/suspicious/noExplicitAny: as above.
  getKeys(base: string, options: any): Awaitable<readonly string[]>
  dispose?(): unknown
}

export interface UnstorageStoreOptions<V> {
  /** The driver itself, which one would hand to `createStorage({ driver })`; not a `Storage`, which changes keys and values. */
  readonly driver: UnstorageDriver
  /** Turns values into bytes and back. Default `json()`. */
  readonly codec?: Codec<V>
}

/**
 * A backing store over any unstorage driver. Keys that the driver would confuse or take for paths stay apart, damage is
 * `CORRUPT`, calls of a key keep their order, and no failure is lost: see `TextStore`, which this is. `close` disposes of
 * the driver.
 */
export class UnstorageStore<V = unknown> extends TextStore<V> {
  /** Throws a `TypeError` for what is no driver, or only reads. */
  constructor({ driver, codec }: UnstorageStoreOptions<V>) {
    super(mediumOf(driver), codec === undefined ? {} : { codec })
  }
}

function mediumOf(driver: UnstorageDriver): TextMedium {
  if (typeof driver === 'object' && driver !== null && 'mount' in driver) {
    throw new TypeError('UnstorageStore: driver is a Storage; hand over the driver that it was made with')
  }
  for (const method of ['getItem', 'setItem', 'removeItem', 'getKeys'] as const) {
    if (typeof driver?.[method] !== 'function') {
      throw new TypeError(
        `UnstorageStore: driver has no method ${method}; give an unstorage driver that writes`,
      )
    }
  }
  return {
    get: (name) => driver.getItem(name),
    set: (name, text) => driver.setItem!(name, text, {}),
    delete: (name) => driver.removeItem!(name, {}),
    names: () => namesOf(driver),
    close: async () => void (await driver.dispose?.()),
  }
}

async function* namesOf(driver: UnstorageDriver): AsyncGenerator<string, void, undefined> {
  yield* await driver.getKeys('', {})
}
