import { testConformance } from '@wt/conformance/vitest'
import target from './async-store-sqlite.conformance.ts'
import { compileOnce } from './fixtures.ts'

compileOnce()

// A thread is started for every store that a case opens, which takes most of the time.
testConformance(target)
