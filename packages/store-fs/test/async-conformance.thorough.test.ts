import { testConformance } from '@wt/conformance/vitest'
import process from './async-store-fs-process.conformance.ts'
import power from './async-store-fs.conformance.ts'

testConformance(power)
// What does not depend on the syncs, and is the same code, need not be waited for twice.
testConformance(process, { topic: ['contract', 'keys', 'values', 'persistent', 'crash', 'model'] })
