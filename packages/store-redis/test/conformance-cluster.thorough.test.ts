import { testConformance } from '@wt/conformance/vitest'
import { describe } from 'vitest'
import { describeOnRedis } from './fixtures.ts'
import target from './store-redis-cluster.conformance.ts'

describeOnRedis('on a Cluster', () => {
  describe('seed 1', () => testConformance(target, { seed: 1 }))
  // The other topics draw nothing.
  for (const seed of [2, 3]) {
    const topic = ['model', 'linearizability', 'concurrency', 'cache']
    describe(`seed ${seed}`, () => testConformance(target, { seed, topic }))
  }
})
