import { type Held, type History, type KeyEntry, type Loss, MS, type Operation } from './history.ts'
import { type Violation, violation } from './violation.ts'

/** So far the wall clock, by which values expire, may be off. */
const SLACK = 5 * MS

/** What a key held at a time: it took effect at one moment from `lo` to `hi`. */
export interface Version {
  readonly place: number
  readonly value: Held
  readonly isLoss: boolean
  /** It is an absence because the time of the one before was up. */
  readonly isExpiry: boolean
  /** What the server has with it, where the store has versions. */
  readonly token: string | undefined
  /** When the server drops it; `Infinity`: never. */
  expiresAt: number
  lo: number
  hi: number
}

/**
 * The versions of a key, in the server's order, each with the narrowest time for its effect that writes and reads of the
 * server leave. Version 0 is absence, before all. Where the order of writes is known and no two values are the same, a history
 * is linearizable (Herlihy and Wing, TOPLAS 1990) exactly if each version is left with some time (compare the zones of
 * Gibbons and Korach, SIAM J. Comput. 1997). What answered absence tells less, for which absence it was nobody knows: there must
 * be one that fits.
 */
export class Versions {
  readonly key: string
  readonly all: readonly Version[]
  readonly #byValue = new Map<number, Version>()

  constructor(history: Pick<History, 'log' | 'losses'>, key: string) {
    this.key = key
    const never = Number.NEGATIVE_INFINITY
    const all = [version(0, { key, value: undefined }, never, never)]
    let losses = 0
    for (const entry of history.log) {
      const place = all.length
      if (entry === 'loss') {
        const { from, to } = history.losses[losses++] as Loss
        all.push({ ...version(place, { key, value: undefined }, from, to), isLoss: true })
      } else if ('persists' in entry) {
        if (entry.persists === key) all.at(-1)!.expiresAt = Number.POSITIVE_INFINITY
      } else if (entry.key === key) all.push(version(place, entry))
    }
    // Nothing goes before its time.
    for (const each of all) if (each.isExpiry) each.lo = all[each.place - 1]!.expiresAt - SLACK
    this.all = all
    for (const each of all) if (each.value !== undefined) this.#byValue.set(each.value, each)
  }

  of(value: Held): Version | undefined {
    return value === undefined ? undefined : this.#byValue.get(value)
  }

  /** When a version was replaced at the latest. */
  replacedBy({ place }: Version): number {
    return this.all[place + 1]?.hi ?? Number.POSITIVE_INFINITY
  }

  /** The first version of this value from `least` on that the server may have held at some time from `from` to `to`. */
  fitting(value: Held, from: number, to: number, least = 0): Version | undefined {
    const fits = (each: Version) =>
      each.value === value && each.place >= least && each.lo <= to && this.replacedBy(each) >= from
    const known = this.of(value)
    if (known !== undefined) return fits(known) ? known : undefined
    return this.all.find(fits)
  }

  /** Narrows the times by writes, and by reads that asked the server; says what is contradicted first. */
  narrow(writes: readonly Operation[], reads: readonly Operation[]): Violation | undefined {
    const removes = writes.filter(({ kind }) => kind === 'remove')
    return (
      this.#byWrites(writes.filter(({ kind }) => kind === 'write')) ??
      this.#byReads(reads) ??
      this.#spread([...writes, ...reads]) ??
      this.#byRemoves(removes) ??
      this.#spread([...writes, ...reads]) ??
      this.#absences(reads) ??
      this.#removes(removes)
    )
  }

  #byWrites(writes: readonly Operation[]): Violation | undefined {
    const carriedOut = writes.filter(({ refused }) => !refused)
    for (const write of carriedOut) {
      const { value, from, to, outcome } = write
      const each = this.of(value)
      if (each === undefined) {
        if (outcome !== 'ok') continue
        return violation(this, 'an acknowledged write is not in the log of the server', [write])
      }
      if (outcome === 'no') return violation(this, 'a write was refused, and took effect', [write])
      each.lo = Math.max(each.lo, from)
      each.hi = Math.min(each.hi, to)
    }
    const written = new Set(carriedOut.map(({ value }) => value))
    const seen = new Set<number>()
    for (const { value } of this.all) {
      if (value === undefined) continue
      if (!written.has(value)) return violation(this, `the server holds ${value}, which nobody wrote`, [])
      if (seen.has(value)) return violation(this, `the write of ${value} took effect twice`, [])
      seen.add(value)
    }
    return undefined
  }

  #byReads(reads: readonly Operation[]): Violation | undefined {
    for (const read of reads) {
      if (read.outcome !== 'ok' || read.value === undefined) continue
      const each = this.of(read.value)
      if (each === undefined) return violation(this, 'a read answered what the server never held', [read])
      each.hi = Math.min(each.hi, read.to)
      const next = this.all[each.place + 1]
      if (next !== undefined) next.lo = Math.max(next.lo, read.from)
    }
    return undefined
  }

  /** An absence was made by one of the removes of that time: which one, the log does not say. */
  #byRemoves(removes: readonly Operation[]): undefined {
    for (const each of this.#madeByRemoves()) {
      const makers = removes.filter((remove) => mayHaveMade(remove) && meet(remove, each))
      // None at all is told by `#removes`.
      if (makers.length === 0) continue
      each.lo = Math.max(each.lo, Math.min(...makers.map(({ from }) => from)))
      each.hi = Math.min(each.hi, Math.max(...makers.map(({ to }) => to)))
    }
  }

  #madeByRemoves(): Version[] {
    return this.all.filter(
      ({ place, value, isLoss, isExpiry }) => place > 0 && value === undefined && !isLoss && !isExpiry,
    )
  }

  /** A version took effect after the one before, and before the one after. */
  #spread(operations: readonly Operation[]): Violation | undefined {
    for (const each of this.all.slice(1)) each.lo = Math.max(each.lo, this.all[each.place - 1]!.lo)
    for (const each of this.all.slice(1, -1).toReversed()) {
      each.hi = Math.min(each.hi, this.all[each.place + 1]!.hi)
    }
    const empty = this.all.find(({ place, lo, hi }) => place > 0 && lo > hi)
    if (empty === undefined) return undefined
    const near = this.all.slice(Math.max(0, empty.place - 1), empty.place + 2).map(({ value }) => value)
    // What bounds it: whoever began at `lo`, and whoever ended at `hi`.
    const evidence = operations.filter(
      ({ value, from, to }) =>
        from === empty.lo || to === empty.hi || (value !== undefined && near.includes(value)),
    )
    const rule = `no time is left at which version ${empty.place}, ${empty.value}, took effect`
    return violation(this, rule, evidence, [empty.place])
  }

  #absences(reads: readonly Operation[]): Violation | undefined {
    for (const read of reads) {
      if (read.outcome !== 'ok' || read.value !== undefined) continue
      if (this.fitting(undefined, read.from, read.to) === undefined) {
        return violation(this, 'a read answered absence, while the server held the key', [read])
      }
    }
    return undefined
  }

  /** Each remove that found the key made one version of absence, and each such version was made by a remove. */
  #removes(removes: readonly Operation[]): Violation | undefined {
    const made = this.#madeByRemoves()
    for (const remove of removes) {
      if (remove.existed !== false) continue
      if (this.fitting(undefined, remove.from, remove.to) === undefined) {
        return violation(this, 'a remove found no key, while the server held it', [remove])
      }
    }
    const sure = removes.filter(({ existed }) => existed === true)
    const claimed = matchedOf(sure, made).removes
    const unmatched = sure.find((remove) => !claimed.has(remove))
    if (unmatched !== undefined) {
      return violation(this, 'a remove that found the key is not in the log of the server', [unmatched])
    }
    const { versions } = matchedOf(removes.filter(mayHaveMade), made)
    const orphan = made.find((each) => !versions.has(each))
    if (orphan === undefined) return undefined
    return violation(
      this,
      `version ${orphan.place}, an absence, which no remove can have made`,
      [],
      [orphan.place],
    )
  }
}

/** As many removes as can be, each with a version of its own whose time it meets (Glover 1967: who ends first goes first). */
function matchedOf(
  removes: readonly Operation[],
  made: readonly Version[],
): { readonly removes: ReadonlySet<Operation>; readonly versions: ReadonlySet<Version> } {
  const versions = new Set<Version>()
  const waiting = removes.toSorted((a, b) => a.to - b.to)
  const taken = new Set<Operation>()
  for (const each of made) {
    const first = waiting.find((one) => !taken.has(one) && meet(one, each))
    if (first === undefined) continue
    taken.add(first)
    versions.add(each)
  }
  return { removes: taken, versions }
}

function mayHaveMade({ existed, outcome }: Operation): boolean {
  return existed !== false && outcome !== 'no'
}

function meet({ from, to }: Operation, { lo, hi }: Version): boolean {
  return from <= hi && to >= lo
}

function version(
  place: number,
  { value, version: token, expiresAt = Number.POSITIVE_INFINITY, isExpiry = false }: KeyEntry,
  lo = Number.NEGATIVE_INFINITY,
  hi = Number.POSITIVE_INFINITY,
): Version {
  return { place, value, isLoss: false, isExpiry, token, expiresAt, lo, hi }
}
