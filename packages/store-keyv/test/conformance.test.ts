import { testConformance } from '@wt/conformance/vitest'
import target from './store-keyv.conformance.ts'

testConformance(target)
