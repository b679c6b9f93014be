import { closing } from './closing.ts'
import { elsewhere } from './elsewhere.ts'
import { groupCommit } from './group-commit.ts'
import { leases } from './leases.ts'
import type { Mutant } from './mutant.ts'
import { reads } from './reads.ts'
import { residence } from './residence.ts'
import { synchronous } from './synchronous.ts'
import { updates } from './updates.ts'
import { writes } from './writes.ts'

export type { Mutant } from './mutant.ts'

/** Every rule of the protocol, and the test that notices when it is taken away: `pnpm mutants` shows that each does. */
export const mutants: readonly Mutant[] = [
  ...reads,
  ...writes,
  ...updates,
  ...leases,
  ...elsewhere,
  ...closing,
  ...synchronous,
  ...residence,
  ...groupCommit,
]
