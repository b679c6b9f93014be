import { testConformance } from '@wt/conformance/vitest'
import overFs from './store-unstorage.conformance.ts'
import overMemory from './store-unstorage-memory.conformance.ts'

testConformance(overFs)
testConformance(overMemory)
