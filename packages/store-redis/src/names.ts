import { keyText, StoreError } from '@wt/core'

/** What Redis takes at most for a key or a value, as `proto-max-bulk-len` has it by default. */
export const MOST_BYTES: number = 512 * 1024 * 1024

/** How keys are called on the server: the prefix and the key, in UTF-8. */
export class Names {
  readonly prefix: string
  /** How the names of canaries begin, which is no UTF-8. */
  readonly #canary: Buffer
  readonly #prefixBytes: Buffer

  constructor(prefix: string) {
    this.prefix = prefix
    this.#prefixBytes = Buffer.from(prefix)
    this.#canary = Buffer.concat([this.#prefixBytes, Buffer.of(0xff), Buffer.from('canary')])
  }

  /** A `TypeError` when the key is no string; `INVALID_KEY` when it has a lone surrogate, which UTF-8 cannot hold. */
  nameOf(operation: string, key: string): string {
    if (typeof key !== 'string') {
      throw new TypeError(`RedisStore: ${operation} takes string keys, not ${keyText(key)}`)
    }
    if (!key.isWellFormed()) {
      const message = `${operation} of ${keyText(key)}: the key has a lone surrogate; use well-formed Unicode`
      throw new StoreError('INVALID_KEY', message, { key })
    }
    const name = this.prefix + key
    if (name.length > MOST_BYTES / 3 && Buffer.byteLength(name) > MOST_BYTES) {
      const message = `${operation} of ${keyText(key)}: Redis holds no key longer than 512 MiB; shorten it`
      throw new StoreError('INVALID_KEY', message, { key })
    }
    return name
  }

  /** The key of a name, or undefined when it is not the store's. */
  keyOf(name: Buffer): string | undefined {
    const prefixLength = this.#prefixBytes.length
    if (this.#prefixBytes.compare(name, 0, prefixLength) !== 0) return undefined
    try {
      return UTF8.decode(name.subarray(prefixLength))
    } catch {
      // Not UTF-8: the canary, or some other program's key.
      return undefined
    }
  }

  /**
   * A name that is no key's, for it is no UTF-8; under the prefix, so that its changes are told as those of keys. With `tag` it is in
   * some other slot, unless the prefix has a tag of its own.
   */
  canary(tag?: number): Buffer {
    return tag === undefined ? this.#canary : Buffer.concat([this.#canary, Buffer.from(`{${tag}}`)])
  }

  isCanary(name: Buffer): boolean {
    return name.subarray(0, this.#canary.length).equals(this.#canary)
  }

  /** What SCAN matches, in the glob language of Redis. */
  get pattern(): string {
    return `${this.prefix.replace(/[\\*?[\]]/g, '\\$&')}*`
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
