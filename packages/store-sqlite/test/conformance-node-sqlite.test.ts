import { testConformance } from '@wt/conformance/vitest'
import target from './store-sqlite.conformance.ts'

testConformance(target)
