import { testConformance } from '@wt/conformance/vitest'
import { describeOnRedis } from './fixtures.ts'
import target from './store-redis-versions.conformance.ts'

describeOnRedis('on a redis-server', () => testConformance(target))
