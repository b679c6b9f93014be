import { testConformance } from '@wt/conformance/vitest'
import { describeOnRedis } from './fixtures.ts'
import target from './store-redis-restart.conformance.ts'

describeOnRedis('on a redis-server for each store', () => {
  testConformance(target, { topic: ['persistent', 'crash'] })
})
