import { keyText } from '@wt/core'
import { randomFrom } from '../random.ts'

/** A call of a store. */
export type WriteStep<V = unknown> =
  | { readonly do: 'store'; readonly key: string; readonly value: V }
  | { readonly do: 'remove'; readonly key: string }
  | { readonly do: 'storeMany'; readonly entries: readonly (readonly [string, V])[] }
  | { readonly do: 'removeMany'; readonly keys: readonly string[] }

/**
 * What a workload does with a store, one step after the other. `'reopen'` closes it and opens it again;
 * `'together'` makes calls without waiting for each other's answers.
 */
export type Step<V = unknown> =
  | WriteStep<V>
  | { readonly do: 'together'; readonly steps: readonly WriteStep<V>[] }
  | { readonly do: 'reopen' }

export interface RandomStepsOptions {
  /** Default 8. */
  readonly count?: number
  /** Default: three short ones, so that overwrites and removes of what is there are frequent. */
  readonly keys?: readonly string[]
  /** Up to so many calls are made together. For a store that answers later. Default 1. */
  readonly together?: number
  /** For a store that has `storeMany` and `removeMany`. Default true. */
  readonly batches?: boolean
}

/** Steps that `seed` determines. No value, a string, comes twice; some are longer than two sectors. */
export function randomSteps(seed: number, options: RandomStepsOptions = {}): Step<string>[] {
  const { count = 8, keys = ['a', 'b', 'Ü/c'], batches = true, together = 1 } = options
  const random = randomFrom(seed)
  const below = (limit: number) => Math.floor(random() * limit)
  const someKey = () => keys[below(keys.length)] as string
  const someKeys = () => keys.filter(() => random() < 0.6)
  let stored = 0
  const nextValue = () => `value ${stored++} `.repeat(random() < 0.3 ? 120 : 1 + below(4))
  const call = (): WriteStep<string> => {
    const kind = below(batches ? 11 : 8)
    if (kind < 5) return { do: 'store', key: someKey(), value: nextValue() }
    if (kind < 8) return { do: 'remove', key: someKey() }
    if (kind < 10) return { do: 'storeMany', entries: someKeys().map((key) => [key, nextValue()] as const) }
    return { do: 'removeMany', keys: someKeys() }
  }
  return Array.from({ length: count }, (): Step<string> => {
    if (below(12) === 0) return { do: 'reopen' }
    const calls = 1 + below(together)
    return calls === 1 ? call() : { do: 'together', steps: Array.from({ length: calls }, call) }
  })
}

/** The keys that the steps name, each once. */
export function keysOf(steps: readonly Step[]): string[] {
  const keys = steps.flatMap(callsOf).flatMap((step) => {
    if (step.do === 'storeMany') return step.entries.map(([key]) => key)
    return step.do === 'removeMany' ? step.keys : [step.key]
  })
  return [...new Set(keys)]
}

/** The calls of a step, in their order. */
export function callsOf<V>(step: Step<V>): readonly WriteStep<V>[] {
  if (step.do === 'reopen') return []
  return step.do === 'together' ? step.steps : [step]
}

/** A step on one line, for people. */
export function stepText(step: Step): string {
  switch (step.do) {
    case 'store':
    case 'remove':
      return `${step.do} ${keyText(step.key)}`
    case 'storeMany':
      return `storeMany ${step.entries.map(([key]) => keyText(key)).join(' ')}`
    case 'removeMany':
      return `removeMany ${step.keys.map(keyText).join(' ')}`
    case 'together':
      return `together: ${step.steps.map(stepText).join(', ')}`
    case 'reopen':
      return 'reopen'
  }
}
