import { testConformance } from '@wt/conformance/vitest'
import { describe } from 'vitest'
import { hasRedisServer } from './servers/redis-server.ts'
import target from './store-redis.conformance.ts'

describe.skipIf(!hasRedisServer)('on a redis-server', () => testConformance(target))
