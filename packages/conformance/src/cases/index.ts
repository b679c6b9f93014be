import type { Case } from '../case.ts'
import { batch } from './batch.ts'
import { cache } from './cache.ts'
import { concurrency } from './concurrency.ts'
import { contract } from './contract.ts'
import { corruption } from './corruption.ts'
import { crash } from './crash.ts'
import { enumeration } from './enumeration.ts'
import { errors } from './errors.ts'
import { faults } from './faults.ts'
import { isolation } from './isolation.ts'
import { keys } from './keys.ts'
import { leases } from './leases.ts'
import { lifecycle } from './lifecycle.ts'
import { linearizability } from './linearizability.ts'
import { model } from './model.ts'
import { persistent } from './persistent.ts'
import { subscribe } from './subscribe.ts'
import { values } from './values.ts'
import { versions } from './versions.ts'

/** Every case, in the order in which they run. A topic is a file of this directory. */
export const cases: readonly Case[] = [
  ...contract,
  ...keys,
  ...values,
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
