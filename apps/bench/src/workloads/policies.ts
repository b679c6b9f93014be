import { adaptive, type EvictionPolicy, fifo, lru, s3Fifo, sieve, wTinyLfu } from '@wt/core'

export type PolicyName = 'fifo' | 'lru' | 'sieve' | 's3Fifo' | 'wTinyLfu' | 'adaptive'

const POLICIES: Readonly<Record<PolicyName, () => EvictionPolicy>> = {
  fifo,
  lru,
  sieve,
  s3Fifo,
  wTinyLfu,
  adaptive,
}

export const POLICY_NAMES: readonly PolicyName[] = Object.keys(POLICIES) as PolicyName[]

export function policyOf(name: PolicyName): EvictionPolicy {
  return POLICIES[name]()
}
