import type { Command } from '../link.ts'
import type { Names } from '../names.ts'
import { canaryCommand } from '../tracking.ts'
import { SLOTS, slotOf } from './slot.ts'
import type { View } from './view.ts'

/** Names the canary of a node: a key of the store's prefix in a slot of that node. */
export class Canary {
  readonly #names: Names
  /** The one slot of all keys, where the prefix has a tag. */
  readonly #slot: number | undefined
  #last: Buffer | undefined

  constructor(names: Names, slot: number | undefined) {
    this.#names = names
    this.#slot = slot
  }

  /**
   * Writes it, by what the node said of its slots: in one of its own, or, when it has none, in one that is on its way to it.
   * Throws when the node can have no key of the store.
   */
  commands({ own, moves }: Pick<View, 'own' | 'moves'>): readonly Command[] {
    const quiet = new Set<number>()
    for (const { first, last } of own) for (let slot = first; slot <= last; slot++) quiet.add(slot)
    const coming = new Set<number>()
    for (const { slot } of moves) if (!quiet.delete(slot)) coming.add(slot)
    const name = this.#nameIn(quiet)
    if (name !== undefined) return [canaryCommand(name)]
    const other = this.#nameIn(coming)
    if (other !== undefined) return [['ASKING'], canaryCommand(other)]
    throw new Error('it serves no slot in which a key of the store can be')
  }

  #nameIn(slots: ReadonlySet<number>): Buffer | undefined {
    if (slots.size === 0) return undefined
    if (this.#slot !== undefined) return slots.has(this.#slot) ? this.#names.canary() : undefined
    // The first tag that fits: then all processes, which have the same need, write the same. Of one slot, some 16,384 are tried.
    for (let tag = 0; this.#last === undefined || !slots.has(slotOf(this.#last)); tag++) {
      if (tag > 100 * SLOTS) return undefined
      this.#last = this.#names.canary(tag)
    }
    return this.#last
  }
}
