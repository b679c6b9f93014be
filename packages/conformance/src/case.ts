import type { StoreUnderTest } from './store-under-test.ts'
import type { Capability, OpenOptions, Target, ValueKind } from './target.ts'
import type { Values } from './values.ts'

/** One promise of a store, as data. Its `run` throws when the promise is broken. */
export interface Case {
  /** `topic/promise`, never changed once published. */
  readonly id: string
  readonly topic: string
  /** The promise, as a sentence. */
  readonly title: string
  /** How users lose data, or are misled, where it is broken. */
  readonly why?: string
  /** Published packages that were seen to break it, with their versions. */
  readonly peers?: readonly string[]
  /** What the target has to claim for this case to be run. */
  readonly needs: readonly Capability[]
  /** How many entries it holds at once. A target with a smaller `maxEntries` skips it. Default 2. */
  readonly entries?: number
  /** The kinds of values it makes sense for. Default: all. */
  readonly values?: readonly ValueKind[]
  /** It is about calls that are on their way at the same time, and a store that claims `sync` has none. */
  readonly answersLater?: boolean
  /** It runs the target in another process, so the target has to name its module. */
  readonly otherProcess?: boolean
  run(context: Context): void | Promise<void>
}

/** What a case is given. What it opens is closed for it, also when it fails. */
export interface Context {
  readonly target: Target
  /** The directory of this case's store: fresh, unique to the case, removed afterwards. */
  readonly location: string
  /** Drives all randomness of the case. */
  readonly seed: number
  /** How long the case may take. */
  readonly timeoutMs: number
  /** Values of the kind that the target holds. */
  readonly values: Values
  /** Opens the case's store, or another store at a location of another name. */
  readonly open: (name?: string, options?: OpenOptions) => Promise<StoreUnderTest>
  /** Closes a store and opens it again where it was. */
  readonly reopen: (store: StoreUnderTest) => Promise<StoreUnderTest>
  /**
   * Opens this case's store in a process of its own, makes the calls there, and closes it; or kills the process instead.
   * What each call answered. The store must not be open here at the time.
   */
  readonly inAnotherProcess: (
    calls: readonly RemoteCall[],
    options?: { readonly isKilled?: boolean },
  ) => Promise<unknown[]>
  /** Ends the case as skipped: for what shows only once the store is open. */
  readonly skip: (reason: string) => never
  /** Forgets the history so far, such as that of an earlier, longer try which has just been shrunk. */
  readonly forgetHistory: () => void
}

export type RemoteCall = readonly [
  method: 'store' | 'load' | 'remove' | 'storeIf' | 'acquireLease',
  key: string,
  ...others: readonly unknown[],
]

/**
 * - `fail`: the store broke a promise. `timeout`: it did not answer in time.
 * - `error`: the case could not be carried out: the target does not open, or its module cannot be imported.
 * - `skip`: not run, because the target does not claim what it needs. Never a pass.
 */
export type Verdict = 'pass' | 'fail' | 'skip' | 'error' | 'timeout'

export interface CaseResult {
  readonly id: string
  readonly topic: string
  readonly title: string
  readonly verdict: Verdict
  readonly durationMs: number
  /** Why it was skipped, or what went wrong, with the history and the way to replay it. */
  readonly message?: string
}

const DEFAULT_ENTRIES = 2

/** Why a case cannot be run on a target, as far as that shows before it is opened; `undefined` when it can. */
export function whySkipped(candidate: Case, target: Target): string | undefined {
  const { capabilities } = target
  const missing = candidate.needs.filter((name) => !capabilities[name])
  if (missing.length > 0) return `needs ${missing.join(' and ')}, which ${target.name} does not claim`
  if (candidate.values !== undefined && !candidate.values.includes(target.values)) {
    return `is for values of kind ${candidate.values.join(' or ')}, and ${target.name} holds ${target.values}`
  }
  if (candidate.answersLater && capabilities.sync) {
    return `is for stores that answer later, and ${target.name} claims sync: no two of its calls overlap`
  }
  const { entries = DEFAULT_ENTRIES } = candidate
  if (capabilities.maxEntries && capabilities.maxEntries < entries) {
    return `needs room for ${entries} entries, and ${target.name} claims maxEntries ${capabilities.maxEntries}`
  }
  if (candidate.otherProcess && target.module === undefined) {
    return `runs in another process, and ${target.name} does not name its module`
  }
  return undefined
}
