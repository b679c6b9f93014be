import { testConformance } from '../src/adapters/vitest.ts'
import { memory } from './fixtures/targets.ts'

// The adapter on a correct store: each case becomes a test below, and passes.
testConformance(memory)
