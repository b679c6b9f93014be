import type { AsyncWriteThroughCache } from '@wt/core'
import { setTimeout as sleep } from 'node:timers/promises'
import { oneOf } from './random.ts'
import { type Recorder, REFUSED } from './recorder.ts'
import { absent } from './recording-store.ts'

export interface ClientsOptions {
  readonly cache: AsyncWriteThroughCache<string, number>
  readonly recorder: Recorder
  readonly random: () => number
  readonly keys: readonly string[]
  /** Answers a number that it never answered before, in no process. */
  readonly newValue: () => number
  /** The store has versions: what `update` is given is then what it replaces. */
  readonly hasVersions: boolean
  /** How many times the cache's observer was told of a hit. */
  readonly hits: () => number
}

type Call = (options: ClientsOptions, key: string) => Promise<unknown>

/** How often of a hundred. */
const CALLS: readonly (readonly [number, Call])[] = [
  [62, get],
  [12, put],
  [4, invalidate],
  [7, getMany],
  [3, putMany],
  [2, invalidateMany],
  [3, update],
  [2, getOrPut],
  [3, refresh],
  [2, evict],
]
/** Where the store has versions, these as well. */
const CONDITIONAL: readonly (readonly [number, Call])[] = [
  [8, update],
  [3, updateToNothing],
  [3, putIfAbsent],
  [3, replace],
]
const DECK = deckOf(CALLS)
const CONDITIONAL_DECK = deckOf([...CALLS, ...CONDITIONAL])

/** Makes random calls, one after the other, until it is told to end. A call that fails is noted as such. */
export async function runClient(options: ClientsOptions, isOver: () => boolean): Promise<void> {
  const { random, keys } = options
  while (!isOver()) {
    // A key out of three is asked for as often as all others.
    const key = random() < 0.5 ? keys[0]! : oneOf(random, keys)
    const call = oneOf(random, options.hasVersions ? CONDITIONAL_DECK : DECK)
    await call(options, key).catch(() => {})
    if (random() < 0.7) await sleep(random() * 8)
  }
}

function deckOf(calls: readonly (readonly [number, Call])[]): readonly Call[] {
  return calls.flatMap(([times, call]) => Array.from({ length: times }, () => call))
}

function some({ random, keys }: ClientsOptions): string[] {
  return keys.filter(() => random() < 0.5)
}

function get({ cache, recorder, hits }: ClientsOptions, key: string): Promise<unknown> {
  let hit = false
  const call = () => {
    const before = hits()
    const answer = cache.get(key)
    hit = hits() > before
    return answer
  }
  return recorder.watch('get', 'read', absent([key]), call, (value) => ({ value, hit }))
}

function put({ cache, recorder, newValue }: ClientsOptions, key: string): Promise<unknown> {
  const value = newValue()
  return recorder.watch('put', 'write', [[key, value]], () => cache.put(key, value))
}

function invalidate({ cache, recorder }: ClientsOptions, key: string): Promise<unknown> {
  const call = () => cache.invalidate(key)
  return recorder.watch('invalidate', 'remove', absent([key]), call, (existed) => ({ existed }))
}

function getMany(options: ClientsOptions): Promise<unknown> {
  const keys = some(options)
  const call = () => options.cache.getMany(keys)
  const told = (found: Map<string, number>, key: string) => ({ value: found.get(key) })
  return options.recorder.watch('getMany', 'read', absent(keys), call, told)
}

function putMany(options: ClientsOptions): Promise<unknown> {
  const entries = some(options).map((key) => [key, options.newValue()] as const)
  return options.recorder.watch('putMany', 'write', entries, () => options.cache.putMany(entries))
}

function invalidateMany(options: ClientsOptions): Promise<unknown> {
  const keys = some(options)
  const call = () => options.cache.invalidateMany(keys)
  return options.recorder.watch('invalidateMany', 'remove', absent(keys), call)
}

/** Over a store without versions others may write between: what it is given is not looked at. */
function update({ cache, recorder, newValue, hasVersions }: ClientsOptions, key: string): Promise<unknown> {
  return recorder.watch('update', 'write', absent([key]), (note) =>
    cache.update(key, (old) => {
      const value = newValue()
      note({ value, ...(hasVersions && { before: { value: old } }) })
      return value
    }),
  )
}

function updateToNothing({ cache, recorder }: ClientsOptions, key: string): Promise<unknown> {
  return recorder.watch('update to nothing', 'remove', absent([key]), (note) =>
    cache.update(key, (old) => {
      note({ before: { value: old }, existed: old !== undefined })
      return undefined
    }),
  )
}

function putIfAbsent({ cache, recorder, newValue }: ClientsOptions, key: string): Promise<unknown> {
  const value = newValue()
  const call = (note: (known: object) => void) => {
    note({ before: { present: false } })
    return cache.putIfAbsent(key, value)
  }
  return recorder.watch('putIfAbsent', 'write', [[key, value]], call, (isStored) => (isStored ? {} : REFUSED))
}

function replace({ cache, recorder, newValue }: ClientsOptions, key: string): Promise<unknown> {
  const value = newValue()
  const call = (note: (known: object) => void) => {
    note({ before: { present: true } })
    return cache.replace(key, value)
  }
  return recorder.watch('replace', 'write', [[key, value]], call, (isStored) => (isStored ? {} : REFUSED))
}

/** A read, for its write is noted by the store. */
function getOrPut({ cache, recorder, newValue }: ClientsOptions, key: string): Promise<unknown> {
  const call = () => cache.getOrPut(key, newValue)
  return recorder.watch('getOrPut', 'read', absent([key]), call, (value) => ({ value }))
}

function refresh({ cache, recorder }: ClientsOptions, key: string): Promise<unknown> {
  return recorder.watch(
    'refresh',
    'read',
    absent([key]),
    () => cache.refresh(key),
    (value) => ({ value }),
  )
}

async function evict({ cache, random }: ClientsOptions, key: string): Promise<void> {
  if (random() < 0.9) cache.evict(key)
  else cache.evictAll()
}
