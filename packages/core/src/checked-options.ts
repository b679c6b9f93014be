import { hasLeases } from './leases.ts'
import { checkObserver } from './observer.ts'
import type { AsyncCacheOptions, CacheOptions } from './options.ts'
import { fifo } from './policies/fifo.ts'
import type { EvictionPolicy } from './policies/policy.ts'

/** Options that are right, with what goes without saying filled in. */
export interface CheckedOptions<K, V> extends AsyncCacheOptions<K, V> {
  readonly policy: EvictionPolicy
  readonly coherence: Coherence
}

type Coherence = 'none' | 'revision' | 'subscribe'
type Option = keyof AsyncCacheOptions<never, never>

/** What a store may have that options need: it tells of changes by others, or knows who shall produce. */
interface Capable {
  readonly revision?: unknown
  readonly subscribe?: unknown
  readonly loadVersioned?: unknown
  readonly storeIf?: unknown
  readonly removeIf?: unknown
  readonly acquireLease?: unknown
  readonly releaseLease?: unknown
}

const NAMES: readonly Option[] = [
  'capacity',
  'maxWeight',
  'weigh',
  'policy',
  'maxAgeMs',
  'negativeMaxAgeMs',
  'isolate',
  'observer',
  'coherence',
  'clock',
  'leaseMs',
]

/** Options that say nothing without one of others, and why. */
const NEEDS: readonly (readonly [option: Option, oneOf: readonly Option[], why: string])[] = [
  ['maxWeight', ['weigh'], 'which tells how heavy an entry is'],
  ['weigh', ['maxWeight'], 'which the weights are to stay within'],
  ['clock', ['maxAgeMs', 'negativeMaxAgeMs'], 'as nothing ages without'],
]

const LARGEST_CAPACITY = 2 ** 26
/** Beyond, timers do not wait at all. */
const LONGEST_LEASE_MS = 2 ** 31 - 1

/** The options of a synchronous cache over `store`. Throws a `RangeError` or `TypeError` that says what is wrong. */
export function checkedOptions<K, V>(options: CacheOptions<K, V>, store: Capable): CheckedOptions<K, V> {
  if ((options as AsyncCacheOptions<K, V> | undefined)?.leaseMs !== undefined) {
    const why = 'as a synchronous cache cannot wait for what another process produces'
    throw new TypeError(`leaseMs: needs an AsyncWriteThroughCache, ${why}`)
  }
  return checked(options, store, ['revision'], 'none')
}

/** The same for an asynchronous cache. */
export function checkedAsyncOptions<K, V>(
  options: AsyncCacheOptions<K, V>,
  store: Capable,
): CheckedOptions<K, V> {
  const usual = store.subscribe === undefined ? 'none' : 'subscribe'
  return checked(options, store, ['revision', 'subscribe'], usual)
}

function checked<K, V>(
  options: AsyncCacheOptions<K, V>,
  store: Capable,
  known: ('revision' | 'subscribe')[],
  usual: Coherence,
): CheckedOptions<K, V> {
  checkNames(options)
  const { capacity, maxWeight, weigh, policy = fifo(), observer, maxAgeMs, negativeMaxAgeMs } = options
  const { isolate = false, coherence = usual, clock } = options
  checkBound('capacity', capacity, LARGEST_CAPACITY)
  if (maxWeight !== undefined) checkBound('maxWeight', maxWeight, Number.MAX_SAFE_INTEGER)
  checkFunction('weigh', weigh, '(value, key) => integer')
  if (typeof policy?.create !== 'function') {
    throw new TypeError(
      'policy: what fifo() or lru() returns (call the function), or an EvictionPolicy of your own',
    )
  }
  checkAge('maxAgeMs', maxAgeMs)
  checkAge('negativeMaxAgeMs', negativeMaxAgeMs)
  if (typeof isolate !== 'boolean') checkFunction('isolate', isolate, '(value) => copy, or true')
  if (observer !== undefined) checkObserver(observer)
  checkCoherence(coherence, store, known)
  checkLease(options.leaseMs, store)
  checkFunction('clock', clock, '() => milliseconds')
  for (const [option, oneOf, why] of NEEDS) {
    if (options[option] !== undefined && oneOf.every((other) => options[other] === undefined)) {
      throw new TypeError(`${option}: needs ${oneOf.join(' or ')}, ${why}`)
    }
  }
  return { ...options, policy, coherence }
}

function checkNames(options: object): void {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError('options: an object such as { capacity: 1000 }')
  }
  for (const name of Object.keys(options)) {
    if (!(NAMES as readonly string[]).includes(name)) {
      throw new TypeError(`options: there is no option ${name}; there are ${NAMES.join(', ')}`)
    }
  }
}

function checkBound(name: Option, value: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < 1 || value > most) {
    throw new RangeError(`${name}: an integer from 1 to ${most}, not ${String(value)}`)
  }
}

function checkAge(name: Option, value: number | undefined): void {
  if (value !== undefined && !(Number.isFinite(value) && value > 0)) {
    throw new RangeError(`${name}: a number above 0, not ${String(value)}; leave it out to have none`)
  }
}

function checkFunction(name: Option, value: unknown, shape: string): void {
  if (value !== undefined && typeof value !== 'function') {
    throw new TypeError(`${name}: a function ${shape}, not ${String(value)}`)
  }
}

function checkCoherence(coherence: Coherence, store: Capable, known: ('revision' | 'subscribe')[]): void {
  if (coherence === 'none') return
  if (!known.includes(coherence)) {
    const what = `coherence: one of ${['none', ...known].join(', ')}, not ${String(coherence)}`
    throw new TypeError(coherence === 'subscribe' ? `${what}, which needs an AsyncWriteThroughCache` : what)
  }
  if (typeof store[coherence] !== 'function') {
    throw new TypeError(
      `coherence: '${coherence}' needs a store with a method ${coherence}; this one has none`,
    )
  }
}

function checkLease(leaseMs: number | undefined, store: Capable): void {
  if (leaseMs === undefined) return
  checkBound('leaseMs', leaseMs, LONGEST_LEASE_MS)
  if (!hasLeases(store)) {
    throw new TypeError(
      'leaseMs: needs a store with leases and versions (acquireLease, releaseLease, loadVersioned, storeIf, removeIf)',
    )
  }
}
