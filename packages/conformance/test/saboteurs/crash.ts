import { CRASH_FAULTS, crashTarget } from './crash.conformance.ts'
import type { Saboteur } from './sabotage.ts'

export const crash: readonly Saboteur[] = Object.entries(CRASH_FAULTS).map(([fault, { kills }]) => ({
  kills,
  fault,
  target: crashTarget(fault),
}))
