import { KeyTurns } from '@wt/core/node'
import { Gate } from './gate.ts'
import { leaving } from './leaving.ts'

/** A call on its way, as those see it who let it wait. */
export interface Passenger {
  readonly key: string
  /** Until the call calls `begin`, its abort rejects it with `aborted()`. */
  readonly signal: AbortSignal | undefined
  readonly aborted: () => Error
}

/**
 * Who may go when: the writes of one key one after the other, in the order of the calls; a read of it after them; and
 * no more of either at once than may have files open. Counts whoever is under way, so that a close can wait for them.
 */
export class Traffic {
  readonly #turns = new KeyTurns()
  readonly #writes = new Gate(WRITES_AT_ONCE)
  readonly #reads = new Gate(READS_AT_ONCE)
  readonly #underWay = new Set<Promise<unknown>>()

  write<T>({ key, signal, aborted }: Passenger, call: (begin: () => void) => Promise<T>): Promise<T> {
    return leaving(signal, aborted, (begin) =>
      this.track(this.#turns.run(key, () => this.#writes.run(() => call(begin)))),
    )
  }

  /** Does not hold up the writes that come after it. */
  read<T>({ key, signal, aborted }: Passenger, call: (begin: () => void) => Promise<T>): Promise<T> {
    return leaving(signal, aborted, (begin) =>
      this.track(this.#turns.over(key).then(() => this.#reads.run(() => call(begin)))),
    )
  }

  /** A read that is of no one key. */
  look<T>(call: () => Promise<T>): Promise<T> {
    return this.track(this.#reads.run(call))
  }

  /** Counts a call that waits for nobody. */
  track<T>(call: Promise<T>): Promise<T> {
    this.#underWay.add(call)
    const over = () => void this.#underWay.delete(call)
    call.then(over, over)
    return call
  }

  /** Settles when nobody is under way. */
  async drained(): Promise<void> {
    while (this.#underWay.size > 0) await Promise.allSettled(this.#underWay)
  }
}

/** Beyond these, more at once would only wait in the queue of the threads that Node's file system works with. */
const WRITES_AT_ONCE = 128
const READS_AT_ONCE = 32
