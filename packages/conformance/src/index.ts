export type { Cache, CacheOptions, Caches } from './caches/cache.ts'
export type { Case, CaseResult, Context, Verdict } from './case.ts'
export { cases } from './cases/index.ts'
export { type Report, type RunOptions, runConformance, type Summary } from './run.ts'
export type { StoreUnderTest } from './store-under-test.ts'
export {
  type Capabilities,
  type Capability,
  defineTarget,
  type OpenOptions,
  type Target,
  type ValueKind,
} from './target.ts'
export type { NamedValue, Values } from './values.ts'
