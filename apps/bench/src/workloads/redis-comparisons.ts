import type { Durability } from '@wt/core'
import type { RedisContenderOptions, RedisContestant, RedisWork } from './redis-contender.ts'
import type { RedisUrls } from './redis-server.ts'
import {
  type Comparison,
  DISK_ROUND_FACTOR,
  type StoreEntrant,
  type StoreSettings,
} from './store-comparisons.ts'

/** What a call over a connection is held against: the client's own, or a `Map` behind a promise. */
export type RedisLimit = 'client.get' | 'client.set' | 'async Map.get'

const CONTENDER = new URL('./redis-contender.ts', import.meta.url).href
const MANY = 64

/** What `bench stores --store redis` measures beside. */
export function redisComparisons(settings: StoreSettings, urls: RedisUrls): Comparison[] {
  const { batch } = settings
  const of = (
    title: string,
    work: RedisWork,
    options: { callers?: number; durability?: 'none' | 'power'; contestant?: RedisContestant },
  ): Comparison => {
    const { callers = 1, durability = 'none', contestant = 'store' } = options
    const limit = limitOf(work, contestant)
    const size = work === 'batch put' ? batch : 1
    const spec = (
      who: RedisContestant,
    ): Pick<StoreEntrant, 'workload' | 'durability' | 'spec' | 'entriesPerOperation'> => {
      const contender: RedisContenderOptions = {
        ...{ entries: settings.entries, valueBytes: settings.valueBytes, seed: settings.seed },
        ...{ contestant: who, work, callers, batch: size, url: urls[durability] },
      }
      return {
        ...{ workload: title, entriesPerOperation: size, spec: { module: CONTENDER, options: contender } },
        durability: who === 'Map' ? 'none' : (durability satisfies Durability),
      }
    }
    return {
      title: `redis: ${title}`,
      entrants: [
        { name: `redis, ${title}`, store: 'redis', limit, ...spec(contestant) },
        { name: limit, ...spec(limit === 'async Map.get' ? 'Map' : 'client') },
      ],
      ...(durability === 'power' && { roundFactor: DISK_ROUND_FACTOR }),
    }
  }
  return [
    of('get from a cache that hears of changes', 'get', { contestant: 'coherent cache' }),
    of('get from a cache that does not', 'get', { contestant: 'cache' }),
    of('get from the store, one caller', 'get', {}),
    of(`get from the store, ${MANY} callers`, 'get', { callers: MANY }),
    of('put that survives nothing, one caller', 'put', {}),
    of(`put that survives nothing, ${MANY} callers`, 'put', { callers: MANY }),
    of(`batch put of ${batch} that survives nothing, entries`, 'batch put', {}),
    of('put that survives a power cut, one caller', 'put', { durability: 'power' }),
    of(`put that survives a power cut, ${MANY} callers`, 'put', { durability: 'power', callers: MANY }),
  ]
}

function limitOf(work: RedisWork, contestant: RedisContestant): RedisLimit {
  if (contestant !== 'store') return 'async Map.get'
  return work === 'get' ? 'client.get' : 'client.set'
}
