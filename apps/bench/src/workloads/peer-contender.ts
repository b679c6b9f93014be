import type { Contender } from '../measure/contender.ts'
import { cycleOf, flatString, keyOf } from './data.ts'
import { makeCache, type PeerCache, type PeerName } from './peer-caches.ts'
import { seededRandom } from './random.ts'
import { uniform, zipf } from './zipf.ts'

export type PeerWork = 'hits' | 'hits with copies' | 'zipf with fill' | 'put with eviction' | 'update'

export interface PeerContenderOptions {
  readonly peer: PeerName
  readonly work: PeerWork
  /** How many entries may be resident, or are. */
  readonly entries: number
  readonly seed: number
  /** Where the peers are installed. */
  readonly peersDirectory: string
}

const REQUESTS = 2 ** 17
/** Many more keys than are resident, so that there is something to evict. */
const UNIVERSE = 10

export function createContender(options: PeerContenderOptions): Contender {
  const cache = makeCache({ ...options, storeAnswers: options.work === 'zipf with fill' })
  return { ...operations(cache, options), close() {} }
}

function operations(
  cache: PeerCache,
  { work, entries, seed }: PeerContenderOptions,
): Omit<Contender, 'close'> {
  const isBounded = work === 'zipf with fill' || work === 'put with eviction'
  const keys = Array.from({ length: isBounded ? entries * UNIVERSE : entries }, (_, id) =>
    flatString(keyOf(id)),
  )
  if (!isBounded) for (const [value, key] of keys.entries()) cache.set(key, value)
  // Each new key is as far from its last visit as can be.
  if (work === 'put with eviction') {
    return { operation: (index) => cache.set(keys[index % keys.length]!, index) }
  }
  const asked = work === 'hits with copies' ? keys.map(flatString) : keys
  const draw = work === 'zipf with fill' ? zipf : uniform
  const ids = draw(keys.length, REQUESTS, seededRandom(seed))
  const { items, mask } = cycleOf(REQUESTS, (index) => asked[ids[index]!]!)
  switch (work) {
    case 'update':
      return { operation: (index) => cache.set(items[index & mask]!, index) }
    case 'zipf with fill':
      return {
        operation(index) {
          const key = items[index & mask]!
          if (cache.get(key) === undefined) cache.set(key, index)
        },
      }
    default:
      return {
        operation(index) {
          if (cache.get(items[index & mask]!) === undefined)
            throw new Error(`${items[index & mask]} is missing`)
        },
      }
  }
}
