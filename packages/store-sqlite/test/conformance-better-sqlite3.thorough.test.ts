import { testConformance } from '@wt/conformance/vitest'
import target from './store-sqlite-better-sqlite3.conformance.ts'

testConformance(target)
