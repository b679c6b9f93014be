import { equal, ok } from 'node:assert/strict'
import { defineTarget, type Report, runConformance } from '@wt/conformance'
import { CrashFailure, exploreCrashes } from '@wt/conformance/simfs'

const target = defineTarget({
  name: 'a store that forgets',
  values: 'json',
  capabilities: { sync: true },
  open: () => ({ store() {}, load: () => undefined, remove: () => false, close() {} }),
})

// A promise with no catch: a rejection ends the process with an exit code of 1.
runConformance(target, { topic: 'contract' }).then((report: Report) => {
  equal(report.target, 'a store that forgets')
  ok(report.summary.failed > 0)
  equal(
    report.cases.length,
    Object.values(report.summary).reduce((sum, count) => sum + count),
  )
})

// The same of `@wt/conformance/simfs`: what this store acknowledges is not there.
exploreCrashes({
  open: () => ({ store() {}, load: () => undefined, remove: () => false }),
  steps: [{ do: 'store', key: 'a', value: 1 }],
  profile: 'process',
}).then(
  () => ok(false, 'a store that forgets passed'),
  (error) => ok(error instanceof CrashFailure, String(error)),
)

// @ts-expect-error: there is no such kind of value; were the types `any`, this line would be none.
defineTarget({ ...target, values: 'xml' })
