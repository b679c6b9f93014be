import { checkConditions } from './check-conditions.ts'
import { checkReads } from './check-reads.ts'
import { withoutLost } from './lost.ts'
import { type Bounds, type History, MS, type Operation, type ProcessHistory } from './history.ts'
import { stoodStill } from './standstills.ts'
import { interval, type Violation } from './violation.ts'
import { Versions } from './versions.ts'

/**
 * What a history of several processes on one server breaks, the first of each key: writes and the reads that asked the server
 * are linearizable and agree with the server's own log; no cache answers what was replaced before the last change that it
 * was told of, or what is older than it answered or wrote before; none answers what was replaced, or has expired, too long
 * ago; no other write comes between what a conditional one replaces and what it makes of it; everyone has an answer in time.
 */
export function check(recorded: History, bounds: Bounds): Violation[] {
  const history = withoutLost(recorded, bounds)
  const keys = new Set<string>()
  for (const { operations, calls } of history.processes) {
    for (const { key } of [...operations, ...calls]) keys.add(key)
  }
  return [
    ...history.processes.flatMap((each) => each.oddities.map((rule) => ({ rule, key: '', lines: [] }))),
    ...history.processes.flatMap((each) => lateAnswers(each, bounds)),
    ...[...keys].flatMap((key) => checkKey(history, key, bounds) ?? []),
  ]
}

function checkKey(history: History, key: string, bounds: Bounds): Violation | undefined {
  const versions = new Versions(history, key)
  const calls = history.processes.flatMap((each) => settled(each.calls, key, history.ordersByKey))
  const puts = history.processes
    .flatMap(({ operations }) => operations)
    .filter((operation) => operation.key === key && operation.kind === 'write')
    // When one of unknown outcome is over, the call of the store says, if there was any.
    .map((put) => (put.outcome === 'unknown' ? { ...put, to: Number.POSITIVE_INFINITY } : put))
  const writes = [...calls.filter(({ kind }) => kind !== 'read'), ...puts]
  const reads = calls.filter(({ kind }) => kind === 'read')
  const contradiction = versions.narrow(writes, reads)
  if (contradiction !== undefined) return contradiction
  const updates = history.processes.flatMap(({ operations }) => operations).filter((each) => each.key === key)
  const unconditional = checkConditions(versions, [...calls, ...updates])
  if (unconditional !== undefined) return unconditional
  for (const each of history.processes) {
    const found = checkReads(each, versions, bounds)
    if (found !== undefined) return found
  }
  return undefined
}

/** The calls of a key. A write of unknown outcome took effect before the store's next call was answered, or never. */
function settled(all: readonly Operation[], key: string, ordersByKey = false): Operation[] {
  const calls = all.filter((call) => call.key === key)
  const later = ordersByKey ? calls : all
  return calls.map((call) => {
    if (call.kind === 'read' || call.outcome !== 'unknown') return call
    const ends = later.filter(({ outcome, from }) => outcome === 'ok' && from >= call.to).map(({ to }) => to)
    return { ...call, to: Math.min(Number.POSITIVE_INFINITY, ...ends) }
  })
}

function lateAnswers({ operations, standstills }: ProcessHistory, { answer }: Bounds): Violation[] {
  const late = operations.find(({ from, to }) => to - from - stoodStill(standstills, from, to) > answer)
  if (late === undefined) return []
  const line = `${interval(late.from, late.to)} ${late.name} (${late.outcome})`
  return [{ rule: `no answer within ${answer / MS} ms`, key: late.key, lines: [line] }]
}
