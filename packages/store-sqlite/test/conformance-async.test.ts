import { testConformance } from '@wt/conformance/vitest'
import target from './async-store-sqlite.conformance.ts'
import { compileOnce } from './fixtures.ts'

compileOnce()

// What an asynchronous store can do otherwise than the synchronous one, whose rows it writes. A thread is started for every
// store that a case opens: the whole suite, by the command line, takes minutes.
testConformance(target, {
  topic: ['contract', 'isolation', 'batch', 'errors', 'lifecycle', 'enumeration', 'persistent'],
})
