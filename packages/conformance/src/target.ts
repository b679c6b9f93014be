import type { AsyncBackingStore, Awaitable, Durability } from '@wt/core'
import type { Caches } from './caches/cache.ts'

/** What a store holds: JSON, whatever structured clone takes, `Uint8Array`s, or well-formed strings. */
export type ValueKind = 'json' | 'structured' | 'bytes' | 'utf8'

/** What a store claims. What is absent or false is not claimed: its cases are skipped, and shown as skipped. */
export interface Capabilities {
  /** A `BackingStore`: every method answers at once, none returns a promise. */
  readonly sync?: boolean
  /** Its contents survive close and reopen, one store at a time, also in another process. */
  readonly persistent?: boolean
  /** Several stores open at once on one location see each other's writes. */
  readonly shared?: boolean
  /** What an acknowledged write survives. */
  readonly durability?: Durability
  /** It has `storeMany`, which is all or nothing (`'atomic'`) or accounts for each key (`'perKey'`). */
  readonly batch?: 'atomic' | 'perKey'
  /** It has `keys`. */
  readonly keys?: boolean
  /** It holds so many entries and answers `STORE_FULL` beyond. */
  readonly maxEntries?: number
  /** Damage in its files is `CORRUPT`. */
  readonly checksums?: boolean
  /** `open` takes a file system to work on. */
  readonly fileSystem?: boolean
  /** It has `revision`. */
  readonly revision?: boolean
  /** It has `subscribe`. */
  readonly subscribe?: boolean
  /** It has `loadVersioned`, `storeIf` and `removeIf`. */
  readonly versions?: boolean
  /** It has `acquireLease` and `releaseLease`. */
  readonly lease?: boolean
}

export type Capability = keyof Capabilities

export interface OpenOptions {
  /** A structural subset of `node:fs`; only given to targets that claim `fileSystem`. */
  readonly fileSystem?: unknown
}

/** A store to be tested. A plain object will do: nothing here has to come from this package. */
export interface Target {
  readonly name: string
  readonly values: ValueKind
  readonly capabilities: Capabilities
  /**
   * Opens a store. `location` is the path of an empty directory at first, unique to the case. The same location, opened
   * again, is the same store; another location is another store.
   */
  // biome-ignore lint/suspicious/noExplicitAny: a store of any value type is a target; the suite hands it what `values` says.
  open(location: string, options?: OpenOptions): Awaitable<AsyncBackingStore<string, any>>
  /** The URL of the module that default-exports this target: with it, cases run it in another process. */
  readonly module?: string
  /** Makes the caches of the topic `cache`, for those who have written one. Default: those of `@wt/core`. */
  readonly caches?: Caches
}

/** Gives the target back as it is; there for its types. */
export function defineTarget(target: Target): Target {
  return target
}

const VALUE_KINDS: readonly string[] = ['json', 'structured', 'bytes', 'utf8'] satisfies ValueKind[]
const isFlag = (value: unknown) => typeof value === 'boolean'
const isOneOf = (words: string[]) => (value: unknown) => words.includes(value as string)

const CAPABILITIES: Record<Capability, [takes: string, isRight: (value: unknown) => boolean]> = {
  sync: ['a boolean', isFlag],
  persistent: ['a boolean', isFlag],
  shared: ['a boolean', isFlag],
  durability: ["'none', 'process' or 'power'", isOneOf(['none', 'process', 'power'])],
  batch: ["'atomic' or 'perKey'", isOneOf(['atomic', 'perKey'])],
  keys: ['a boolean', isFlag],
  maxEntries: ['a positive integer', (value) => Number.isSafeInteger(value) && (value as number) > 0],
  checksums: ['a boolean', isFlag],
  fileSystem: ['a boolean', isFlag],
  revision: ['a boolean', isFlag],
  subscribe: ['a boolean', isFlag],
  versions: ['a boolean', isFlag],
  lease: ['a boolean', isFlag],
}

/** Throws a `TypeError` that lists everything wrong with a target. */
export function assertTarget(target: unknown): asserts target is Target {
  const wrong = wrongWith(target)
  if (wrong.length > 0) throw new TypeError(`malformed conformance target: ${wrong.join('; ')}`)
}

function wrongWith(target: unknown): string[] {
  if (typeof target !== 'object' || target === null) {
    return [
      `it is an object { name, values, capabilities, open }, not ${target === null ? 'null' : typeof target}`,
    ]
  }
  const { name, values, capabilities, open, module, caches } = target as Partial<
    Record<keyof Target, unknown>
  >
  const wrong: string[] = []
  if (typeof name !== 'string' || name === '') wrong.push('name is a string that is not empty')
  if (!VALUE_KINDS.includes(values as string)) wrong.push(`values is one of ${VALUE_KINDS.join(', ')}`)
  if (typeof open !== 'function') wrong.push('open is a function (location, options) that answers a store')
  if (module !== undefined && typeof module !== 'string')
    wrong.push('module is a URL, such as import.meta.url')
  const { synchronous, asynchronous } = (caches ?? {}) as Record<string, unknown>
  if (caches !== undefined && (typeof synchronous !== 'function' || typeof asynchronous !== 'function')) {
    wrong.push('caches is an object of two functions (store, options), synchronous and asynchronous')
  }
  if (typeof capabilities !== 'object' || capabilities === null) {
    wrong.push('capabilities is an object; {} claims nothing')
  } else {
    wrong.push(...wrongCapabilities(capabilities as Record<string, unknown>))
  }
  return wrong
}

function wrongCapabilities(capabilities: Record<string, unknown>): string[] {
  const wrong: string[] = []
  for (const [name, value] of Object.entries(capabilities)) {
    if (!Object.hasOwn(CAPABILITIES, name)) {
      wrong.push(`capabilities.${name} is unknown; there are ${Object.keys(CAPABILITIES).join(', ')}`)
      continue
    }
    const [takes, isRight] = CAPABILITIES[name as Capability]
    // `batch: false`, like `batch: undefined`, is one way to write: not claimed.
    if (value !== undefined && value !== false && !isRight(value)) {
      wrong.push(`capabilities.${name} is ${takes}`)
    }
  }
  return wrong
}
