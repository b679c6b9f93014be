export { KillFailure, type KillReport, type KillTest } from './kill-test.ts'
export { killRepeatedly } from './kill-repeatedly.ts'
