export { type EveryCallReport, type EveryCallTest, hasStrace, killAtEveryCall } from './kill-at-every-call.ts'
export { KillFailure, type KillReport, type KillTest } from './kill-test.ts'
export { killRepeatedly } from './kill-repeatedly.ts'
