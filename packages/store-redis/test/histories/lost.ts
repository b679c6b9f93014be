import type { Bounds, History, LostEntry, Operation } from './history.ts'

/**
 * The history that is left when what a failover lost is taken out of it: the writes that were lost, reads that answered them
 * until the caches had to know, and of a key that lost a remove also what found it absent at that time.
 */
export function withoutLost(history: History, bounds: Bounds): History {
  const { lost = [] } = history
  if (lost.length === 0) return history
  const left = (operations: readonly Operation[]) =>
    operations.flatMap((each) => remaining(each, lost, bounds))
  return {
    ...history,
    processes: history.processes.map((each) => {
      return { ...each, operations: left(each.operations), calls: left(each.calls) }
    }),
  }
}

/** How many writes that were lost had been acknowledged. */
export function acknowledgedAndLost({ processes, lost = [] }: History): number {
  const values = new Set(lost.map(({ value }) => value))
  const calls = processes.flatMap((each) => each.calls)
  return calls.filter(({ kind, outcome, value }) => kind === 'write' && outcome === 'ok' && values.has(value))
    .length
}

function remaining(operation: Operation, lost: readonly LostEntry[], { stale }: Bounds): Operation[] {
  const { key, kind, value, from, to, refused } = operation
  // What was read too late stays, and is found: nobody holds it any more.
  const isOfThen = (entry: LostEntry) => entry.key === key && to >= entry.from && from <= entry.to + stale
  const then = lost.filter(isOfThen)
  if (then.length === 0) return [operation]
  if (value !== undefined && then.some((entry) => entry.value === value)) return []
  // It was compared with what was lost.
  if (refused) return []
  if (kind === 'write' || !then.some((entry) => entry.value === undefined)) return [operation]
  if (kind === 'read') return value === undefined ? [] : [operation]
  const { existed: _, before: __, ...remove } = operation
  return [{ ...remove, outcome: operation.outcome === 'no' ? 'no' : 'unknown' }]
}
