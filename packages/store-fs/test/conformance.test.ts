import { testConformance } from '@wt/conformance/vitest'
import power from './store-fs.conformance.ts'
import process from './store-fs-process.conformance.ts'

testConformance(power)
testConformance(process)
