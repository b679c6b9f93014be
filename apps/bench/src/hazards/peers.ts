import { peer as asyncCacheDedupe } from './adapters/async-cache-dedupe.ts'
import { peer as bentocache } from './adapters/bentocache.ts'
import { peer as cacheManager } from './adapters/cache-manager.ts'
import { peer as cacheable } from './adapters/cacheable.ts'
import { peer as layeredLoader } from './adapters/layered-loader.ts'
import { peer as lruCache } from './adapters/lru-cache.ts'
import { peer as ours } from './adapters/ours.ts'
import { peer as unstorage } from './adapters/unstorage.ts'
import type { Peer } from './peer.ts'

/** Who is compared, in the order of the columns. */
export const PEERS: readonly Peer[] = [
  ours,
  cacheable,
  cacheManager,
  bentocache,
  lruCache,
  layeredLoader,
  asyncCacheDedupe,
  unstorage,
]
