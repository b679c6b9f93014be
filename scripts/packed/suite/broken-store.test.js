import { testConformance } from '@wt/conformance/vitest'
import target from './broken-store.conformance.js'

testConformance(target)
