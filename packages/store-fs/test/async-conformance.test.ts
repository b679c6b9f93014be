import { testConformance } from '@wt/conformance/vitest'
import target from './async-store-fs.conformance.ts'

testConformance(target)
