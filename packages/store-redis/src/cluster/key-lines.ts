/** A part of a key's line: one write, or reads that go together. */
export interface Turn {
  /** What it waits for; undefined when it is its turn. Rejects when a node was away for whoever was before. */
  readonly after: Promise<void> | undefined
  /** Ends it for one who was in it; with `away` those who wait behind are told so. */
  leave(away?: unknown): void
}

interface OpenTurn extends Turn {
  readonly isWrite: boolean
  readonly done: Promise<void>
  /** Who is in it. With none it is over. */
  count: number
}

/**
 * Who may go when among the commands of a key, so that they take effect in the order of the calls wherever its slot moves
 * meanwhile: of two that are on their way at once, a slot that goes and comes back may send the first elsewhere and carry out the
 * second. Reads go together, a write by itself. Commands of different keys do not wait for each other.
 */
export class KeyLines {
  readonly #last = new Map<string, OpenTurn>()

  enter(name: string, isWrite: boolean): Turn {
    const last = this.#last.get(name)
    if (last !== undefined && !last.isWrite && !isWrite && last.count > 0) {
      last.count++
      return last
    }
    const ended = Promise.withResolvers<void>()
    const after = last?.done
    // Who leaves before it was his turn lets nobody go before those who were before him.
    const done = after === undefined ? ended.promise : Promise.all([after, ended.promise]).then(() => {})
    // Whoever waits for it handles it.
    done.catch(() => {})
    let away: unknown
    const turn: OpenTurn = {
      ...{ after, done, isWrite, count: 1 },
      leave: (cause) => {
        away ??= cause
        if (--turn.count > 0) return
        if (away === undefined) ended.resolve()
        else ended.reject(away)
        const forget = () => {
          if (this.#last.get(name) === turn) this.#last.delete(name)
        }
        if (after === undefined) forget()
        else done.then(forget, forget)
      },
    }
    this.#last.set(name, turn)
    return turn
  }
}
