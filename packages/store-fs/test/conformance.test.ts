import { testConformance } from '@wt/conformance/vitest'
import target from './store-fs.conformance.ts'

testConformance(target)
