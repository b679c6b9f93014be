import { type AsyncBackingStore, type Change, keyText, type Versioned } from '@wt/core'
import { check } from './check.ts'
import { display, type History } from './history.ts'
import { BrokenPromise } from './outcomes.ts'

type RawStore = AsyncBackingStore<string, unknown>

/** A store as a case sees it: each call is awaited, noted in the history, and checked for its shape. */
export class StoreUnderTest {
  /** The store itself. */
  readonly raw: RawStore
  readonly #history: History

  constructor(raw: RawStore, history: History) {
    this.raw = raw
    this.#history = history
  }

  async store(key: string, value: unknown): Promise<void> {
    await this.call(`store(${keyText(key)}, ${display(value)})`, () => this.raw.store(key, value))
  }

  load(key: string): Promise<unknown> {
    return this.call(`load(${keyText(key)})`, () => this.raw.load(key))
  }

  async remove(key: string): Promise<boolean> {
    const existed = await this.call(`remove(${keyText(key)})`, () => this.raw.remove(key))
    check(
      typeof existed === 'boolean',
      `remove(${keyText(key)}) answers true or false, not ${display(existed)}`,
    )
    return existed
  }

  /** Takes any iterable, and hands it over as it is. */
  async storeMany(entries: Iterable<readonly [string, unknown]>): Promise<void> {
    this.#has('storeMany', 'batch')
    const text = Array.isArray(entries) ? display(entries) : 'an iterable'
    await this.call(`storeMany(${text})`, () => this.raw.storeMany!(entries))
  }

  async loadMany(keys: Iterable<string>): Promise<Map<string, unknown>> {
    this.#has('loadMany', 'batch')
    const text = Array.isArray(keys) ? display(keys) : 'an iterable'
    const found: unknown = await this.call(`loadMany(${text})`, () => this.raw.loadMany!(keys))
    try {
      return new Map(Map.prototype.entries.call(found as Map<string, unknown>))
    } catch {
      // Only a Map has the entries of one, whatever its prototype.
      throw new BrokenPromise(`loadMany answers a Map of what exists, not ${display(found)}`)
    }
  }

  async removeMany(keys: Iterable<string>): Promise<number> {
    this.#has('removeMany', 'batch')
    const text = Array.isArray(keys) ? display(keys) : 'an iterable'
    const existed = await this.call(`removeMany(${text})`, () => this.raw.removeMany!(keys))
    check(typeof existed === 'number', `removeMany answers how many existed, not ${display(existed)}`)
    return existed
  }

  /** All keys, sorted: a store gives them in any order. */
  keys(): Promise<string[]> {
    return this.call('keys()', async () => {
      const keys: string[] = []
      for await (const key of this.enumerate()) keys.push(key)
      return keys.sort()
    })
  }

  /** The keys as the store gives them, step by step; not noted in the history. */
  enumerate(): Iterable<string> | AsyncIterable<string> {
    this.#has('keys', 'keys')
    return this.raw.keys!()
  }

  revision(): Promise<string | number> {
    this.#has('revision', 'revision')
    return this.call('revision()', () => this.raw.revision!())
  }

  async loadVersioned(key: string): Promise<Versioned<unknown> | undefined> {
    this.#has('loadVersioned', 'versions')
    const call = () => this.raw.loadVersioned!(key)
    const found = await this.call(`loadVersioned(${keyText(key)})`, call)
    if (found === undefined) return undefined
    const { value, version } = found as Partial<Versioned<unknown>>
    check(
      typeof version === 'string' && version !== '' && value !== undefined,
      `loadVersioned(${keyText(key)}) answers a value with a version that is text, not ${display(found)}`,
    )
    return { value, version }
  }

  async storeIf(
    key: string,
    value: unknown,
    expected: string | undefined,
    version: string,
  ): Promise<boolean> {
    this.#has('storeIf', 'versions')
    const text = `storeIf(${keyText(key)}, ${display(value)}, ${expected}, ${version})`
    return checkedFlag(text, await this.call(text, () => this.raw.storeIf!(key, value, expected, version)))
  }

  async removeIf(key: string, expected: string): Promise<boolean> {
    this.#has('removeIf', 'versions')
    const text = `removeIf(${keyText(key)}, ${expected})`
    return checkedFlag(text, await this.call(text, () => this.raw.removeIf!(key, expected)))
  }

  async acquireLease(key: string, holder: string, leaseMs: number): Promise<boolean> {
    this.#has('acquireLease', 'lease')
    const text = `acquireLease(${keyText(key)}, ${display(holder)}, ${leaseMs})`
    return checkedFlag(text, await this.call(text, () => this.raw.acquireLease!(key, holder, leaseMs)))
  }

  async releaseLease(key: string, holder: string): Promise<void> {
    this.#has('releaseLease', 'lease')
    const text = `releaseLease(${keyText(key)}, ${display(holder)})`
    await this.call(text, () => this.raw.releaseLease!(key, holder))
  }

  subscribe(listener: (change: Change<string>) => void): Promise<unknown> {
    this.#has('subscribe', 'subscribe')
    return this.call('subscribe(listener)', () => this.raw.subscribe!(listener))
  }

  /** Nothing happens when the store has no `close`. */
  async close(): Promise<void> {
    if (typeof this.raw.close !== 'function') return
    await this.call('close()', () => this.raw.close!())
  }

  /** Any other call, noted as `text`. */
  call<T>(text: string, call: () => T): Promise<Awaited<T>> {
    return this.#history.record(text, call)
  }

  #has(method: keyof RawStore, capability: string): void {
    check(
      typeof this.raw[method] === 'function',
      `the target claims ${capability}, but its store has no method ${method}`,
    )
  }
}

function checkedFlag(text: string, answer: unknown): boolean {
  check(typeof answer === 'boolean', `${text} answers true or false, not ${display(answer)}`)
  return answer
}
