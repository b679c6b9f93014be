import { MS, type Operation } from './history.ts'
import type { Versions } from './versions.ts'

/** A promise that a history breaks, and the few lines of it that show that. */
export interface Violation {
  readonly rule: string
  readonly key: string
  readonly lines: readonly string[]
}

export function violation(
  versions: Versions,
  rule: string,
  operations: readonly Operation[],
  places: readonly number[] = [],
): Violation {
  const shown = new Set(places)
  for (const { value } of operations) {
    const place = versions.of(value)?.place
    if (place !== undefined) shown.add(place).add(place + 1)
  }
  const lines = [
    ...operations
      .toSorted((a, b) => a.from - b.from)
      .slice(0, 12)
      .map(operationLine),
    ...versions.all
      .filter(({ place }) => shown.has(place))
      .map(({ place, value, isLoss, lo, hi }) => {
        return `${interval(lo, hi)} version ${place}: ${isLoss ? 'all lost' : String(value)}`
      }),
  ]
  return { rule, key: versions.key, lines }
}

function operationLine({ name, kind, key, value, from, to, outcome, existed, hit }: Operation): string {
  const told = [outcome, hit ? 'a hit' : '', existed === undefined ? '' : `existed: ${existed}`]
  const sign = kind === 'read' ? '->' : '='
  return `${interval(from, to)} ${name} ${key} ${sign} ${value} (${told.filter(Boolean).join(', ')})`
}

export function interval(from: number, to: number): string {
  return `[${time(from)}, ${time(to)}]`
}

/** In milliseconds: of the machine's clock the last digits will do. */
function time(ns: number): string {
  return Number.isFinite(ns) ? ((ns / MS) % 1_000_000).toFixed(3) : ns > 0 ? 'later' : 'before'
}
