import { testConformance } from '@wt/conformance/vitest'
import { describe } from 'vitest'
import { describeOnRedis } from './fixtures.ts'
import target from './store-redis.conformance.ts'

describeOnRedis('on a redis-server', () => {
  for (const seed of [1, 2, 3]) describe(`seed ${seed}`, () => testConformance(target, { seed }))
})
