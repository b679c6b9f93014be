import { FrequencySketch } from '../../src/policies/frequency-sketch.ts'
import type { Admission } from '../../src/policies/windowed-segments.ts'
import type { NaivePolicy } from './naive-policies.ts'

type Hash = (key: unknown) => number

/** Window, probation and protected, each an array whose oldest stands first. */
class NaiveSegments {
  admission: Admission
  readonly #usesOf: (key: number) => number
  #window: number[] = []
  #probation: number[] = []
  #protected: number[] = []

  constructor(usesOf: (key: number) => number, admission: Admission) {
    this.#usesOf = usesOf
    this.admission = admission
  }

  keys(): number[] {
    return [...this.#window, ...this.#probation, ...this.#protected]
  }

  insert(key: number): void {
    this.#window.push(key)
    this.#settleWindow()
  }

  hit(key: number): void {
    const list = [this.#window, this.#probation, this.#protected].find((each) => each.includes(key))!
    this.remove(key)
    if (list === this.#window) {
      this.#window.push(key)
      return
    }
    this.#protected.push(key)
    const main = this.#probation.length + this.#protected.length
    if (list === this.#probation)
      while (this.#protected.length > Math.floor(0.8 * main)) this.#probation.push(this.#protected.shift()!)
  }

  remove(key: number): void {
    for (const list of [this.#window, this.#probation, this.#protected])
      if (list.includes(key)) list.splice(list.indexOf(key), 1)
  }

  evict(): number {
    this.#settleWindow()
    const main = this.#probation.length > 0 ? this.#probation : this.#protected
    if (main.length === 0) return this.#window.shift()!
    if (this.#window.length === 0 || this.#window.length < this.#windowSize) return main.shift()!
    const [candidate, victim] = [this.#window[0]!, main[0]!]
    const { usesToBeat } = this.admission
    const toBeat = usesToBeat === 'those of the victim' ? this.#usesOf(victim) : usesToBeat
    if (this.#usesOf(candidate) <= toBeat) return this.#window.shift()!
    main.shift()
    this.#probation.push(this.#window.shift()!)
    return victim
  }

  get #windowSize(): number {
    const size = this.keys().length
    return Math.max(1, size - Math.floor((1 - this.admission.windowShare) * size))
  }

  #settleWindow(): void {
    for (let moves = 0; moves < 8 && this.#window.length > this.#windowSize; moves++)
      this.#probation.push(this.#window.shift()!)
  }
}

/** Which of the hits in a row count: as many batches of 64 as the residents fill, then the first 64 of every 1,021. */
class HitsInARow {
  #hits = 0

  counts(residents: number): boolean {
    const further = this.#hits++ - Math.ceil(residents / 64) * 64
    return further < 0 || further % 1021 < 64
  }

  end(): void {
    this.#hits = 0
  }
}

/** Einziger et al., 2017, with the sketch that the policy has: that is tested by itself. */
export class NaiveWindowTinyLfu implements NaivePolicy {
  readonly capacity: number
  readonly #hash: Hash
  readonly #sketch = new FrequencySketch()
  /** The uses of residents since they came. */
  readonly #uses = new Map<number, number>()
  readonly #segments = new NaiveSegments(
    (key) => Math.min(15, this.#sketch.frequency(this.#hash(key)) + this.#uses.get(key)!),
    { windowShare: 0.01, usesToBeat: 'those of the victim' },
  )
  readonly #row = new HitsInARow()

  constructor(capacity: number, hash: Hash) {
    this.capacity = capacity
    this.#hash = hash
  }

  use(key: number): void {
    const uses = this.#uses.get(key)
    if (uses !== undefined) {
      if (!this.#row.counts(this.#uses.size)) return
      if (uses < 15) {
        this.#uses.set(key, uses + 1)
        if (this.#sketch.tick()) this.#halve()
      }
      this.#segments.hit(key)
      return
    }
    this.#row.end()
    if (this.#sketch.increment(this.#hash(key))) this.#halve()
    if (this.#uses.size === this.capacity) this.#forget(this.#segments.evict())
    this.#segments.insert(key)
    this.#uses.set(key, 0)
    this.#sketch.ensureCapacity(this.#uses.size)
  }

  remove(key: number): void {
    if (!this.#uses.has(key)) return
    this.#row.end()
    this.#segments.remove(key)
    this.#forget(key)
  }

  residents(): number[] {
    return this.#segments.keys()
  }

  #forget(key: number): void {
    this.#sketch.add(this.#hash(key), this.#uses.get(key) ?? 0)
    this.#uses.delete(key)
  }

  #halve(): void {
    for (const [key, uses] of this.#uses) this.#uses.set(key, uses >>> 1)
  }
}

/** The four ways, each played with every key, and a cache that follows the one which hits most. */
export class NaiveAdaptive implements NaivePolicy {
  readonly capacity: number
  readonly #hash: Hash
  readonly #sketch = new FrequencySketch()
  readonly #usesOf = (key: number): number => this.#sketch.frequency(this.#hash(key))
  readonly #ways = [
    { windowShare: 1, usesToBeat: 0 },
    { windowShare: 0.2, usesToBeat: 1 },
    { windowShare: 0.1, usesToBeat: 2 },
    { windowShare: 0.01, usesToBeat: 'those of the victim' as const },
  ].map((way) => ({ segments: new NaiveSegments(this.#usesOf, way), lead: 0 }))
  #followed = this.#ways[2]!
  readonly #segments = new NaiveSegments(this.#usesOf, this.#followed.segments.admission)
  readonly #row = new HitsInARow()

  constructor(capacity: number, hash: Hash) {
    this.capacity = capacity
    this.#hash = hash
  }

  use(key: number): void {
    const isResident = this.residents().includes(key)
    const size = this.residents().length
    if (!isResident) this.#row.end()
    else if (!this.#row.counts(size)) return
    this.#sketch.increment(this.#hash(key))
    this.#play(key, isResident ? size : Math.min(size + 1, this.capacity))
    if (isResident) {
      this.#segments.hit(key)
      return
    }
    if (size === this.capacity) this.#segments.evict()
    this.#segments.insert(key)
    this.#sketch.ensureCapacity(this.residents().length)
  }

  remove(key: number): void {
    if (this.residents().includes(key)) this.#row.end()
    this.#segments.remove(key)
  }

  residents(): number[] {
    return this.#segments.keys()
  }

  #play(key: number, size: number): void {
    const hits = this.#ways.map(({ segments }) => {
      const isHit = segments.keys().includes(key)
      if (isHit) segments.hit(key)
      else while (segments.keys().length >= size) segments.evict()
      if (!isHit) segments.insert(key)
      return isHit ? 1 : 0
    })
    const followed = this.#ways.indexOf(this.#followed)
    for (const [index, way] of this.#ways.entries()) {
      const lead = way.lead * (1 - 1 / (20 * size)) + hits[index]! - hits[followed]!
      way.lead = Math.max(-size, lead)
    }
    const best = this.#ways.reduce((a, b) => (b.lead > a.lead ? b : a), this.#followed)
    if (best.lead <= 0.06 * size) return
    const { lead } = best
    for (const way of this.#ways) way.lead -= lead
    this.#followed = best
    this.#segments.admission = best.segments.admission
  }
}
