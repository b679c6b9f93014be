import { BulkStoreError, type StoreError } from '@wt/core'
import type { Command } from './link.ts'
import type { Sender } from './sender.ts'
import { translateError } from './translate-error.ts'

/** What no single key causes: it is told once for a batch, when none of it was carried out. */
const OF_ALL: readonly string[] = ['UNAVAILABLE', 'BUSY', 'ABORTED', 'READ_ONLY']

/** Sends writes, and says of each key what became of it. */
export class Writes {
  readonly #sender: Sender

  constructor(sender: Sender) {
    this.#sender = sender
  }

  /** The reply to a write of one key. */
  async one(name: string, key: string, command: Command, signal: AbortSignal | undefined): Promise<unknown> {
    try {
      return await this.#sender.write([command], signal)[0]
    } catch (cause) {
      throw translateError(cause, { name, kind: 'write', key }, this.#sender.secrets)
    }
  }

  /** The replies to the writes of each key, in their order; a `BulkStoreError` when not all were carried out. */
  async many(
    name: string,
    commands: ReadonlyMap<string, Command>,
    signal: AbortSignal | undefined,
  ): Promise<unknown[]> {
    if (commands.size === 0) return []
    const replies = await Promise.allSettled(this.#sender.write([...commands.values()], signal))
    const failures = new Map<string, StoreError>()
    const written: string[] = []
    const { secrets } = this.#sender
    for (const [place, key] of [...commands.keys()].entries()) {
      const reply = replies[place]!
      if (reply.status === 'fulfilled') written.push(key)
      else failures.set(key, translateError(reply.reason, { name, kind: 'write', key }, secrets))
    }
    if (failures.size === 0) return replies.map((reply) => (reply as PromiseFulfilledResult<unknown>).value)
    if (written.length === 0 && [...failures.values()].every(isOfAll)) {
      const { reason } = replies[0] as PromiseRejectedResult
      throw translateError(reason, { name, kind: 'write' }, secrets)
    }
    const message = `${name}: ${failures.size} of ${commands.size} keys failed; failures says why for each`
    throw new BulkStoreError(message, failures, written)
  }
}

function isOfAll({ code, applied }: StoreError): boolean {
  return applied === 'no' && OF_ALL.includes(code)
}
