/**
 * Whether a history of one key is linearizable: whether its operations can be put in an order, each at a moment between its
 * call and its answer, in which a plain variable gives every answer. By Wing and Gong (JPDC 1993), a depth-first search that
 * remembers where it has been (Lowe, 2017).
 */
export type Value = number | undefined

export interface Operation {
  readonly name: string
  readonly calledAt: number
  /** `Infinity` when it may still take effect. */
  readonly answeredAt: number
  /** True when it may have had no effect at all: a write of unknown outcome. */
  readonly optional: boolean
  /** What the variable holds afterwards, or `'refused'` when this answer cannot be given with it holding `state`. */
  apply(state: Value): Value | 'refused'
}

export function isLinearizable(operations: readonly Operation[], initial: Value): boolean {
  const visited = new Set<string>()
  const done = operations.map(() => false)

  function search(state: Value): boolean {
    const open = operations.filter((operation, index) => !done[index] && !operation.optional)
    if (open.length === 0) return true
    const place = `${done.map(Number).join('')} ${state}`
    if (visited.has(place)) return false
    visited.add(place)
    // Whoever was called after another's answer comes after it. An optional one holds nobody up.
    const firstAnswer = Math.min(...open.map(({ answeredAt }) => answeredAt))
    for (const [index, operation] of operations.entries()) {
      if (done[index] || operation.calledAt > firstAnswer) continue
      if (operation.optional && tooLate(operation)) continue
      const next = operation.apply(state)
      if (next === 'refused') continue
      done[index] = true
      if (search(next)) return true
      done[index] = false
    }
    return false
  }

  /** An optional operation whose time is over: something called after its answer has been done. */
  function tooLate(operation: Operation): boolean {
    return operations.some((other, index) => done[index] && other.calledAt > operation.answeredAt)
  }

  return search(initial)
}

export function read(name: string, calledAt: number, answeredAt: number, value: Value): Operation {
  return {
    name: `${name} answered ${value}`,
    calledAt,
    answeredAt,
    optional: false,
    apply: (state) => (state === value ? state : 'refused'),
  }
}

export function write(
  name: string,
  calledAt: number,
  answeredAt: number,
  value: Value,
  optional = false,
): Operation {
  return { name, calledAt, answeredAt, optional, apply: () => value }
}
