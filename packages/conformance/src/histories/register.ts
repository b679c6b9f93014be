/**
 * Whether a history of one key is that of a register: each operation takes effect at one moment between its call and its
 * answer. Linearizability (Herlihy and Wing, TOPLAS 1990), for which Wing and Gong (JPDC 1993) search through all orders.
 * The contract has writes of a key take effect in the order of their calls, so that here their order is known, and what
 * remains, after how many of them each read looked, needs no search: the earliest place that fits is always right, because
 * a read only ever pushes later ones further back.
 */
export type Held = number | undefined

interface Timed {
  readonly text: string
  readonly calledAt: number
  answeredAt: number
}

export interface Write extends Timed {
  readonly kind: 'write'
  /** What the register holds afterwards: a number, or `undefined` after a remove. */
  readonly value: Held
  /** What a remove answered; `undefined` where nothing was said. */
  existed?: boolean
  /** Of a conditional write: what the register has to hold for it to take place, and whether it did. */
  readonly condition?: { readonly expected: Held; stored: boolean }
}

export interface Read extends Timed {
  readonly kind: 'read'
  value: Held
}

export type Operation = Write | Read

/** An answer that cannot be, what could have been answered, and the few operations that prove it. */
export interface Violation {
  readonly operation: Operation
  readonly allowed: readonly Held[]
  readonly evidence: readonly Operation[]
}

/** The first answer of a history of one key, empty at first, that no order explains; `undefined` when there is none. */
export function findViolation(operations: readonly Operation[]): Violation | undefined {
  const inOrder = operations.toSorted((a, b) => a.calledAt - b.calledAt)
  const called = inOrder.filter((operation) => operation.kind === 'write')
  const writes = called.filter(({ condition }) => condition === undefined || condition.stored)
  const states: readonly Held[] = [undefined, ...writes.map(({ value }) => value)]
  return wrongCondition(called) ?? wrongRemove(writes, states) ?? wrongRead(inOrder, writes, states)
}

/** A conditional write that took place though the register held something else, or did not though it held the expected. */
function wrongCondition(called: readonly Write[]): Violation | undefined {
  let last: Write | undefined
  for (const operation of called) {
    const { condition } = operation
    if (condition !== undefined && condition.stored !== (last?.value === condition.expected)) {
      return {
        operation,
        allowed: [last?.value],
        evidence: last === undefined ? [operation] : [last, operation],
      }
    }
    if (condition === undefined || condition.stored) last = operation
  }
  return undefined
}

function wrongRemove(writes: readonly Write[], states: readonly Held[]): Violation | undefined {
  for (const [index, operation] of writes.entries()) {
    const { existed } = operation
    if (existed === undefined || existed === (states[index] !== undefined)) continue
    const evidence = [...writes.slice(Math.max(0, index - 1), index), operation]
    return { operation, allowed: [states[index]], evidence }
  }
  return undefined
}

function wrongRead(
  inOrder: readonly Operation[],
  writes: readonly Write[],
  states: readonly Held[],
): Violation | undefined {
  /** Each read so far, and how many writes it has seen at least. */
  const seen: { read: Read; count: number }[] = []
  for (const read of inOrder) {
    if (read.kind === 'write') continue
    const lastWrite = writes.findLastIndex(({ answeredAt }) => answeredAt < read.calledAt)
    const earlier = seen
      .filter((other) => other.read.answeredAt < read.calledAt)
      .reduce<(typeof seen)[number] | undefined>((a, b) => (a && a.count >= b.count ? a : b), undefined)
    const least = Math.max(lastWrite + 1, earlier?.count ?? 0)
    const most = writes.filter(({ calledAt }) => calledAt < read.answeredAt).length
    const count = states.findIndex((value, index) => index >= least && index <= most && value === read.value)
    if (count === -1) {
      const because = earlier !== undefined && earlier.count === least ? [earlier.read] : []
      return { operation: read, ...explain(read, writes, states, least, most, because) }
    }
    seen.push({ read, count })
  }
  return undefined
}

/** Of all operations only the write that the read answered, those that it could have answered, and the read before it. */
function explain(
  read: Read,
  writes: readonly Write[],
  states: readonly Held[],
  least: number,
  most: number,
  because: readonly Read[],
): Pick<Violation, 'allowed' | 'evidence'> {
  const source = writes.filter(({ value }) => value === read.value && value !== undefined)
  const evidence = new Set<Operation>([
    ...source,
    ...writes.slice(Math.max(0, least - 1), most),
    ...because,
    read,
  ])
  return {
    allowed: [...new Set(states.slice(least, most + 1))],
    evidence: [...evidence].sort((a, b) => a.calledAt - b.calledAt),
  }
}
