import { keyText } from '@wt/core'
import type { Context } from '../case.ts'
import { display } from '../history.ts'
import type { StoreUnderTest } from '../store-under-test.ts'
import type { Target } from '../target.ts'
import { type Cache, CACHES, type CacheOptions } from './cache.ts'
import { ControlledStore } from './controlled-store.ts'

export type CacheKind = 'synchronous' | 'asynchronous'

/** A cache over the target's store as a case sees it: each call is awaited and noted in the history. */
export class CacheUnderTest {
  readonly raw: Cache
  readonly kind: CacheKind
  /** The store between the cache and the target's. */
  readonly controlled: ControlledStore
  /** The target's store itself, past the cache. */
  readonly store: StoreUnderTest

  constructor(raw: Cache, kind: CacheKind, controlled: ControlledStore, store: StoreUnderTest) {
    this.raw = raw
    this.kind = kind
    this.controlled = controlled
    this.store = store
  }

  get(key: string): Promise<unknown> {
    return this.#call(`get(${keyText(key)})`, () => this.raw.get(key))
  }

  getMany(keys: readonly string[]): Promise<Map<string, unknown>> {
    return this.#call(`getMany(${display(keys)})`, () => this.raw.getMany(keys))
  }

  getOrPut(key: string, produce: () => unknown): Promise<unknown> {
    return this.#call(`getOrPut(${keyText(key)})`, () => this.raw.getOrPut(key, produce))
  }

  async put(key: string, value: unknown): Promise<void> {
    await this.#call(`put(${keyText(key)}, ${display(value)})`, () => this.raw.put(key, value))
  }

  async putMany(entries: readonly (readonly [string, unknown])[]): Promise<void> {
    await this.#call(`putMany(${display(entries)})`, () => this.raw.putMany(entries))
  }

  update(key: string, change: (old: unknown) => unknown): Promise<unknown> {
    return this.#call(`update(${keyText(key)})`, () => this.raw.update(key, change))
  }

  invalidate(key: string): Promise<boolean> {
    return this.#call(`invalidate(${keyText(key)})`, () => this.raw.invalidate(key))
  }

  invalidateMany(keys: readonly string[]): Promise<number> {
    return this.#call(`invalidateMany(${display(keys)})`, () => this.raw.invalidateMany(keys))
  }

  refresh(key: string): Promise<unknown> {
    return this.#call(`refresh(${keyText(key)})`, () => this.raw.refresh(key))
  }

  async evict(key: string): Promise<void> {
    await this.#call(`evict(${keyText(key)})`, () => this.raw.evict(key))
  }

  async close(): Promise<void> {
    await this.#call('close()', () => this.raw.close())
  }

  #call<T>(text: string, call: () => T): Promise<Awaited<T>> {
    return this.store.call(`cache.${text}`, call)
  }
}

/** Runs `body` with each cache that the target's claims allow, each over a store of its own. */
export async function forEachCache(
  context: Context,
  body: (cache: CacheUnderTest) => Promise<void>,
  options: CacheOptions = { capacity: 100 },
): Promise<void> {
  for (const kind of kindsFor(context.target)) {
    context.forgetHistory()
    await body(await openCache(context, kind, options))
  }
}

/** A synchronous cache takes synchronous stores alone. */
export function kindsFor({ capabilities }: Target): readonly CacheKind[] {
  return capabilities.sync ? ['synchronous', 'asynchronous'] : ['asynchronous']
}

/** One cache over a store at a location of its own. */
export async function openCache(
  context: Context,
  kind: CacheKind,
  options: CacheOptions = { capacity: 100 },
  location: string = `under-${kind}-cache`,
  pause?: () => Promise<void>,
): Promise<CacheUnderTest> {
  const store = await context.open(location)
  const controlled = new ControlledStore(store.raw, pause)
  const caches = context.target.caches ?? CACHES
  const raw = caches[kind](controlled[kind]() as never, options)
  return new CacheUnderTest(raw, kind, controlled, store)
}
