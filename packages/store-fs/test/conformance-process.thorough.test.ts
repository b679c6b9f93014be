import { testConformance } from '@wt/conformance/vitest'
import target from './store-fs-process.conformance.ts'

testConformance(target)
