import { testConformance } from '@wt/conformance/vitest'
import process from './async-store-fs-process.conformance.ts'
import power from './async-store-fs.conformance.ts'

// Each topic once, with the target that it asks more of: what is the same in both, and the same code as FsStore's, need
// not be waited for twice. The command line runs all of both.
testConformance(power, {
  topic: [
    ...['contract', 'errors', 'batch', 'enumeration', 'lifecycle', 'persistent', 'faults'],
    ...['concurrency', 'linearizability', 'cache'],
  ],
})
testConformance(process, { topic: ['keys', 'values', 'isolation', 'corruption', 'crash', 'model'] })
