import type { Case } from '../case.ts'
import { contract } from './contract.ts'
import { keys } from './keys.ts'
import { values } from './values.ts'

/** Every case, in the order in which they run. A topic is a file of this directory. */
export const cases: readonly Case[] = [...contract, ...keys, ...values]
