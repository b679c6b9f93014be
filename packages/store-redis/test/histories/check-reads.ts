import { type Bounds, MS, type Operation, type ProcessHistory, type ToldChange } from './history.ts'
import { stoodStill } from './standstills.ts'
import { type Violation, violation } from './violation.ts'
import type { Version, Versions } from './versions.ts'

/** What the reads of one key through one cache answered, against the versions that the server held. */
export function checkReads(
  process: ProcessHistory,
  versions: Versions,
  bounds: Bounds,
): Violation | undefined {
  const operations = process.operations.filter(({ key }) => key === versions.key)
  const told = process.changes.filter(({ type, keys }) => type !== 'keys' || keys.includes(versions.key))
  const before = new Before(operations, versions)
  for (const read of reads(operations)) {
    const { value, from, to } = read
    const floor = before.at(from)
    // While the cache is down it asks the server, for each reader anew.
    const change = lastBefore(told, from)
    const since = change === undefined ? Number.NEGATIVE_INFINITY : change.type === 'down' ? from : change.at
    const answered = versions.fitting(value, Math.max(since, floor.since), to, floor.version.place)
    if (answered === undefined) return explain(versions, read, since, change, floor)
    const overdue = from - versions.replacedBy(answered)
    if (overdue - stoodStill(process.standstills, versions.replacedBy(answered), from) > bounds.stale) {
      return violation(versions, `a read answered what was replaced ${overdue / MS} ms before`, [read])
    }
    const expired = from - answered.expiresAt
    if (read.hit && expired - stoodStill(process.standstills, answered.expiresAt, from) > bounds.expired) {
      return violation(versions, `a hit on what had expired ${expired / MS} ms before`, [read])
    }
    before.answered(read, answered)
  }
  return undefined
}

function reads(operations: readonly Operation[]): Operation[] {
  return operations
    .filter(({ kind, outcome }) => kind === 'read' && outcome === 'ok')
    .toSorted((a, b) => a.from - b.from)
}

function explain(
  versions: Versions,
  read: Operation,
  since: number,
  change: ToldChange | undefined,
  floor: Floor,
): Violation {
  const { value, to } = read
  const because = floor.because === undefined ? [read] : [floor.because, read]
  if (versions.fitting(value, Number.NEGATIVE_INFINITY, to) === undefined) {
    return violation(versions, 'a read answered what the server did not hold, then or before', [read])
  }
  if (versions.fitting(value, since, to) !== undefined) {
    const rule = 'a read answered less than what this process had read or written before'
    return violation(versions, rule, because, [floor.version.place])
  }
  const found = violation(versions, `a read answered what was replaced before the last '${change?.type}'`, [
    read,
  ])
  const ago =
    change === undefined ? '' : `told ${((read.from - change.at) / MS).toFixed(3)} ms before the read began`
  return { ...found, lines: [...found.lines, `'${change?.type}' was ${ago}`] }
}

/** What a read must not answer less than. */
interface Floor {
  /** The newest version that was answered, or written. */
  readonly version: Version
  /** When the last write of this process that was answered began: what the store held then is overwritten. */
  readonly since: number
  readonly because: Operation | undefined
}

/** What one process had done with a key before a time. */
class Before {
  readonly #versions: Versions
  readonly #done: {
    readonly to: number
    readonly version: Version
    readonly since: number
    readonly by: Operation
  }[]

  constructor(operations: readonly Operation[], versions: Versions) {
    this.#versions = versions
    this.#done = operations
      .filter(({ kind, outcome }) => kind !== 'read' && (outcome === 'ok' || outcome === 'unknown'))
      .map((by) => {
        // Of a remove: the first absence that it can have left. Of an unknown outcome nothing has to be there.
        const done = by.outcome === 'ok' ? versions.fitting(by.value, by.from, by.to) : undefined
        return { to: by.to, version: done ?? versions.all[0]!, since: by.from, by }
      })
  }

  answered(by: Operation, version: Version): void {
    this.#done.push({ to: by.to, version, since: Number.NEGATIVE_INFINITY, by })
  }

  at(time: number): Floor {
    let floor: Floor = {
      version: this.#versions.all[0]!,
      since: Number.NEGATIVE_INFINITY,
      because: undefined,
    }
    for (const { to, version, since, by } of this.#done) {
      if (to > time) continue
      const isNewer = version.place > floor.version.place
      floor = {
        version: isNewer ? version : floor.version,
        since: Math.max(since, floor.since),
        because: isNewer || floor.because === undefined ? by : floor.because,
      }
    }
    return floor
  }
}

function lastBefore(changes: readonly ToldChange[], time: number): ToldChange | undefined {
  let last: ToldChange | undefined
  for (const change of changes) {
    if (change.at > time) break
    last = change
  }
  return last
}
