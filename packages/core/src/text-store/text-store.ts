import type { AsyncBackingStore, Awaitable, CallOptions } from '../backing-store.ts'
import type { Codec } from '../codecs/codec.ts'
import { json } from '../codecs/json.ts'
import { keyText } from '../key-text.ts'
import { BulkReadError, StoreError } from '../store-error.ts'
import { KeyTurns } from './key-turns.ts'
import { keyOfRecordName, recordName } from './record-name.ts'
import { decodeTextRecord, encodeTextRecord, type TextRecord } from './text-record.ts'

/** Anything that holds text under names: a driver of keyv or unstorage, a table, a bucket. Names are lower-case ASCII. */
export interface TextMedium {
  /** The text under a name; `undefined` or `null` when there is none. */
  get(name: string): Awaitable<unknown>
  /** Holds `text` under `name`, and answers when it does. */
  set(name: string, text: string): Awaitable<unknown>
  delete(name: string): Awaitable<unknown>
  /** All names, among them also such as are not the store's. */
  names?(): Iterable<string> | AsyncIterable<string>
  close?(): Awaitable<unknown>
}

export interface TextStoreOptions<V> {
  /** Turns values into bytes and back. Default `json()`. */
  readonly codec?: Codec<V>
}

/**
 * A store over whatever holds text under names. Each entry is one text, with its whole key and a checksum, under a name that
 * every medium can hold: keys that differ only in case, or hold `/`, `:` or `..`, stay apart and where they belong.
 *
 * - A text that does not verify is `CORRUPT`, never a miss and never a wrong value; a `store` over it heals it.
 * - Calls for one key go one after the other, in the order in which they came; those for different keys side by side.
 * - It survives what the medium survives, which only the medium can say: `durability` is absent.
 * - A failure of the medium is a `WRITE_FAILURE`, `applied: 'unknown'`, or a `READ_FAILURE`. Whether such a write may still
 *   take effect later the store cannot know: it has `lateWrites`.
 * - `remove` reads the key first, to say whether it existed: two calls of the medium.
 */
export class TextStore<V = unknown> implements AsyncBackingStore<string, V> {
  readonly lateWrites = true
  /** Absent when the medium cannot list its names. */
  readonly keys?: () => AsyncIterable<string>
  readonly #medium: TextMedium
  readonly #codec: Codec<V>
  readonly #turns = new KeyTurns<string>()
  #closing: Promise<void> | undefined

  constructor(medium: TextMedium, { codec = json<V>() }: TextStoreOptions<V> = {}) {
    this.#medium = medium
    this.#codec = codec
    if (medium.names !== undefined) this.keys = () => this.#keys(medium.names!())
  }

  /** Replaces the value of `key`, which is taken as it is at the call. */
  async store(key: string, value: V, { signal }: CallOptions = {}): Promise<void> {
    this.#check('store', key, signal)
    const text = encodeTextRecord({ key, bytes: this.#encode(key, value) })
    await this.#write('store', key, () => this.#medium.set(recordName(key), text))
  }

  /** The value of `key`, or `undefined` when there is none. */
  async load(key: string, { signal }: CallOptions = {}): Promise<V | undefined> {
    this.#check('load', key, signal)
    return await this.#turns.run(key, async () => {
      const record = await this.#read('load', key)
      return record === undefined ? undefined : this.#decode(key, record)
    })
  }

  /** Removes `key`; true when it existed, damaged or not. */
  async remove(key: string, { signal }: CallOptions = {}): Promise<boolean> {
    this.#check('remove', key, signal)
    return await this.#write('remove', key, async () => {
      const existed = isText(await this.#medium.get(recordName(key)))
      if (existed) await this.#medium.delete(recordName(key))
      return existed
    })
  }

  /** The values of those keys that exist, read side by side. */
  async loadMany(keys: Iterable<string>, options?: CallOptions): Promise<Map<string, V>> {
    const all = [...new Set(keys)]
    const answers = await Promise.allSettled(all.map((key) => this.load(key, options)))
    const found = new Map<string, V>()
    const failures = new Map<string, StoreError>()
    for (const [index, answer] of answers.entries()) {
      if (answer.status === 'rejected') failures.set(all[index]!, answer.reason)
      else if (answer.value !== undefined) found.set(all[index]!, answer.value)
    }
    if (failures.size > 0)
      throw new BulkReadError(`loadMany: ${failures.size} keys could not be read`, failures, found)
    return found
  }

  /** Waits for the calls that are under way, then closes the medium. */
  close(): Promise<void> {
    this.#closing ??= this.#turns.drained().then(async () => void (await this.#medium.close?.()))
    return this.#closing
  }

  async *#keys(names: Iterable<string> | AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
    if (this.#closing !== undefined) throw closed('keys')
    try {
      for await (const name of names) {
        const known = keyOfRecordName(name)
        if (known === 'hashed') {
          // Only its record knows the key; one that is gone by now is none, and a damaged one cannot say.
          const record = decodeTextRecord(await this.#medium.get(name))
          if (record !== undefined && recordName(record.key) === name) yield record.key
        } else if (known !== undefined) yield known.key
      }
    } catch (cause) {
      throw readFailure('keys', cause)
    }
  }

  async #write<T>(operation: string, key: string, write: () => Awaitable<T>): Promise<T> {
    return await this.#turns.run(key, async () => {
      try {
        return await write()
      } catch (cause) {
        const message = `${operation} of ${keyText(key)} failed, and may have happened: ${textOf(cause)}`
        throw new StoreError('WRITE_FAILURE', message, { key, cause })
      }
    })
  }

  async #read(operation: string, key: string): Promise<TextRecord | undefined> {
    let text: unknown
    try {
      text = await this.#medium.get(recordName(key))
    } catch (cause) {
      throw readFailure(`${operation} of ${keyText(key)}`, cause, key)
    }
    if (!isText(text)) return undefined
    const record = decodeTextRecord(text)
    if (record?.key === key) return record
    const message = `${operation} of ${keyText(key)}: what is stored does not verify; put the key again, or remove it`
    throw new StoreError('CORRUPT', message, { key })
  }

  #encode(key: string, value: V): Uint8Array {
    if (value === undefined) {
      throw new TypeError(`store of ${keyText(key)}: undefined is no value; use remove`)
    }
    try {
      return this.#codec.encode(value)
    } catch (cause) {
      // Whatever a codec throws, the value is what it could not take.
      throw new StoreError('INVALID_VALUE', `store of ${keyText(key)}: ${textOf(cause)}`, { key, cause })
    }
  }

  #decode(key: string, { bytes }: TextRecord): V {
    let value: V | undefined
    let cause: unknown
    try {
      value = this.#codec.decode(bytes)
    } catch (error) {
      // By the contract of a codec: bytes that no encode of it made.
      cause = error
    }
    if (value !== undefined) return value
    const message = `load of ${keyText(key)}: the codec cannot decode what is stored; was it stored with another codec?`
    throw new StoreError('CORRUPT', message, { key, cause })
  }

  #check(operation: string, key: string, signal: AbortSignal | undefined): void {
    if (typeof key !== 'string') {
      throw new TypeError(`${operation}: a key of this store is a string, not ${keyText(key)}`)
    }
    const what = `${operation} of ${keyText(key)}`
    if (!key.isWellFormed()) {
      throw new StoreError('INVALID_KEY', `${what}: the key has a lone surrogate; encode it first`, { key })
    }
    if (this.#closing !== undefined) throw closed(what, key)
    if (signal?.aborted) {
      const cause = signal.reason
      throw new StoreError('ABORTED', `${what}: it was aborted before it began`, {
        key,
        cause,
        applied: 'no',
      })
    }
  }
}

function isText(text: unknown): boolean {
  return text !== undefined && text !== null
}

function closed(what: string, key?: string): StoreError {
  return new StoreError('CLOSED', `${what}: the store was closed; open another`, { key })
}

function readFailure(what: string, cause: unknown, key?: string): StoreError {
  if (StoreError.is(cause)) return cause
  return new StoreError('READ_FAILURE', `${what} failed: ${textOf(cause)}`, { key, cause })
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
