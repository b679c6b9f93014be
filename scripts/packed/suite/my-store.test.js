import { testConformance } from '@wt/conformance/vitest'
import target from './my-store.conformance.js'

testConformance(target)
