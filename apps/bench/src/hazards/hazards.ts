import type { Hazard } from './hazard.ts'
import { OTHER_HAZARDS } from './scenarios/others.ts'
import { READ_HAZARDS } from './scenarios/reads.ts'
import { WRITE_HAZARDS } from './scenarios/writes.ts'

/** All of them, H1 first. */
export const HAZARDS: readonly Hazard[] = [...WRITE_HAZARDS, ...READ_HAZARDS, ...OTHER_HAZARDS].sort(
  (one, other) => numberOf(one) - numberOf(other),
)

function numberOf({ id }: Hazard): number {
  return Number(id.slice(1))
}
