import type { Contender } from '../measure/contender.ts'
import { usedBytes } from '../measure/used-bytes.ts'
import { flatString, keyOf } from './data.ts'
import { makeCache, type PeerName } from './peer-caches.ts'

export interface PeerMemoryOptions {
  readonly peer: PeerName
  readonly entries: number
  readonly peersDirectory: string
}

/** Fills a cache and says how many bytes it takes for each entry, beyond the key and the value. */
export function createContender({ peer, entries, peersDirectory }: PeerMemoryOptions): Contender {
  const keys = Array.from({ length: entries }, (_, id) => flatString(keyOf(id)))
  // The first cache of a process brings the code of its class.
  makeCache({ peer, entries: 1, peersDirectory, storeAnswers: false }).set('key', 0)
  const before = usedBytes()
  const cache = makeCache({ peer, entries, peersDirectory, storeAnswers: false })
  // Small integers take no bytes of their own.
  for (const [value, key] of keys.entries()) cache.set(key, value)
  const bytesPerEntry = (usedBytes() - before) / entries
  return {
    operationsPerRound: 1,
    // Nobody may let go of the cache before it is weighed.
    operation: () => void cache.get(keys[0]!),
    facts: () => ({ bytesPerEntry }),
    close() {},
  }
}
