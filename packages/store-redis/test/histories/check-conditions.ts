import type { Before, Operation } from './history.ts'
import { type Violation, violation } from './violation.ts'
import type { Version, Versions } from './versions.ts'

/**
 * What writes of one key that depend on what is there made, and what they were told. Of one that was carried out, what the log
 * has before it is what it was to replace: nobody's write came between. Of one that was refused, something else was there.
 */
export function checkConditions(versions: Versions, operations: readonly Operation[]): Violation | undefined {
  for (const operation of operations) {
    const { before, kind, refused, outcome, value, version } = operation
    const written = versions.of(value)
    if (version !== undefined && written !== undefined && !refused && written.token !== version) {
      return violation(versions, 'an entry has another version than its write gave, or its reader was told', [
        operation,
      ])
    }
    if (before === undefined) continue
    const isAsExpected = ({ place }: Version) => {
      const replaced = versions.all[place - 1]
      return replaced !== undefined && is(replaced, before)
    }
    if (refused) {
      if (!versions.all.some((each) => !is(each, before) && meets(versions, each, operation))) {
        return violation(versions, 'a conditional write was refused, while what it expects was there', [
          operation,
        ])
      }
    } else if (kind === 'write') {
      if (written !== undefined && !isAsExpected(written)) {
        const rule = 'a conditional write replaced something else than it was to'
        return violation(versions, rule, [operation], [written.place - 1])
      }
    } else if (outcome === 'ok' && operation.existed === true) {
      const made = versions.all.filter(
        ({ value, lo, hi }) => value === undefined && lo <= operation.to && hi >= operation.from,
      )
      if (!made.some(isAsExpected)) {
        return violation(versions, 'a conditional remove removed something else than it was to', [operation])
      }
    }
  }
  return undefined
}

function is({ value, token }: Version, before: Before): boolean {
  if ('present' in before) return before.present === (value !== undefined)
  return 'value' in before ? value === before.value : token === before.version
}

/** Whether the server may have held a version at some time of an operation. */
function meets(versions: Versions, version: Version, { from, to }: Operation): boolean {
  return version.lo <= to && versions.replacedBy(version) >= from
}
