import { batch } from './batch.ts'
import { cache } from './cache.ts'
import { concurrency, linearizability } from './concurrency.ts'
import { contract, values } from './contract.ts'
import { corruption } from './corruption.ts'
import { crash } from './crash.ts'
import { enumeration } from './enumeration.ts'
import { errors } from './errors.ts'
import { faults } from './faults.ts'
import { isolation } from './isolation.ts'
import { keys } from './keys.ts'
import { leases } from './leases.ts'
import { lifecycle } from './lifecycle.ts'
import { model } from './model.ts'
import { persistent } from './persistent.ts'
import type { Saboteur } from './sabotage.ts'
import { subscribe } from './subscribe.ts'
import { versions } from './versions.ts'

export const saboteurs: readonly Saboteur[] = [
  ...contract,
  ...values,
  ...keys,
  ...errors,
  ...isolation,
  ...batch,
  ...enumeration,
  ...lifecycle,
  ...versions,
  ...leases,
  ...subscribe,
  ...persistent,
  ...corruption,
  ...crash,
  ...faults,
  ...concurrency,
  ...model,
  ...linearizability,
  ...cache,
]
