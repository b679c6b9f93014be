import { testConformance } from '@wt/conformance/vitest'
import target from './async-store-fs-process.conformance.ts'

testConformance(target)
