import type { Command } from './link.ts'
import type { Names } from './names.ts'
import type { Sender, Tracker } from './sender.ts'
import { translateError } from './translate-error.ts'

/** As PTTL answers for a key that stays. */
const NO_EXPIRY: PromiseFulfilledResult<unknown> = { status: 'fulfilled', value: -1 }

/** Reads what is stored, and for those who are told of changes how long it lives. */
export class Reads {
  /** Hears of how long what was read lives. */
  tracker: Tracker | undefined
  readonly #sender: Sender
  readonly #names: Names

  constructor(sender: Sender, names: Names) {
    this.#sender = sender
    this.#names = names
  }

  /** What the server holds under each key; null for nothing. */
  async many(
    name: string,
    keys: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<(Buffer | null)[]> {
    const { tracker } = this
    const since = performance.now()
    const commands: Command[] = []
    for (const key of keys) {
      const stored = this.#names.nameOf(name, key)
      commands.push(['GET', stored])
      // Who holds the value has to know how long it lives. Whoever changes it meanwhile is heard of.
      if (tracker !== undefined) commands.push(['PTTL', stored])
    }
    const replies = await Promise.allSettled(this.#sender.read(commands, signal))
    const each = tracker === undefined ? 1 : 2
    return keys.map((key, place) => {
      const [reply, lifetime = NO_EXPIRY] = replies.slice(each * place, each * (place + 1))
      for (const { status, reason } of [reply, lifetime] as PromiseRejectedResult[]) {
        if (status === 'rejected') {
          throw translateError(reason, { name, kind: 'read', key }, this.#sender.secrets)
        }
      }
      const [found, leftMs] = [reply, lifetime].map((each) => (each as PromiseFulfilledResult<unknown>).value)
      // -1: it does not expire. -2: it has expired since it was read.
      if (found !== null && leftMs !== -1) tracker?.expires(key, Math.max(Number(leftMs), 0), since)
      return found as Buffer | null
    })
  }
}
