import type { LatencyMs } from './latencies.ts'

/** What is measured: one operation, again and again. It lives alone in a process of its own. */
export interface Contender {
  /** The `index`th operation since the beginning. Throws when it answers what it must not. */
  operation(index: number): void
  /** What has to be made ready, untimed, before each round and each try of one. */
  beforeRound?(): void
  /** A round is exactly so many operations, such as one pass over a trace. Default: as many as fit the round's time. */
  readonly operationsPerRound?: number
  /** What else there is to say at the end, such as a hit ratio. */
  facts?(): Readonly<Record<string, number>>
  close(): void
}

/** The same for what answers later: so many callers at once, each of whom goes on when it is answered. */
export interface ConcurrentContender {
  readonly callers: number
  operation(index: number): PromiseLike<unknown>
  close(): PromiseLike<void>
}

/** Says how a contender is made, in words that can be sent to another process. */
export interface ContenderSpec {
  /** The address of a module that exports `createContender(options)`. */
  readonly module: string
  readonly options: object
}

export interface ContenderModule {
  createContender(options: object): MaybePromise<Contender | ConcurrentContender>
}

type MaybePromise<T> = T | Promise<T>

/** What the parent asks; each is answered once, in turn. */
export type Request =
  | { readonly type: 'create'; readonly spec: ContenderSpec }
  | { readonly type: 'warmUp'; readonly roundMs: number; readonly operations?: number | undefined }
  | { readonly type: 'round' }
  | { readonly type: 'finish' }

export interface RoundResult {
  readonly operations: number
  readonly elapsedMs: number
}

export interface FinalResult {
  readonly latencyMs: LatencyMs
  /** How many operations the latencies are from. */
  readonly samples: number
  readonly facts: Readonly<Record<string, number>>
}

export type Answer =
  | { readonly type: 'done'; readonly result?: RoundResult | FinalResult }
  | { readonly type: 'failed'; readonly message: string }
