import { type EvictionPolicy, fifo, lru } from '@wt/core'

export type PolicyName = 'fifo' | 'lru'

const POLICIES: Readonly<Record<PolicyName, () => EvictionPolicy>> = { fifo, lru }

export const POLICY_NAMES: readonly PolicyName[] = ['fifo', 'lru']

export function policyOf(name: PolicyName): EvictionPolicy {
  return POLICIES[name]()
}
