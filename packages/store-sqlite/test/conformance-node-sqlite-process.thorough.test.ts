import { testConformance } from '@wt/conformance/vitest'
import target from './store-sqlite-process.conformance.ts'

testConformance(target)
