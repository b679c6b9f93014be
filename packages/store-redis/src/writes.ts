import { BulkStoreError, keyText, StoreError } from '@wt/core'
import type { Command } from './link.ts'
import { type Operation, translateError } from './translate-error.ts'

/** What sends commands together, in order. */
interface Sender {
  send(commands: readonly Command[], signal?: AbortSignal): Promise<unknown>[]
}

/** What no single key causes: it is told once for a batch, when none of it was carried out. */
const OF_ALL: readonly string[] = ['UNAVAILABLE', 'BUSY', 'ABORTED', 'READ_ONLY']

/** Sends writes, and with them the `WAIT` for replicas, where that is asked for. */
export class Writes {
  readonly #sender: Sender
  readonly #secrets: ReadonlySet<string>
  readonly #replicas: { readonly count: number; readonly timeoutMs: number } | undefined
  readonly #wait: readonly Command[]

  constructor(
    sender: Sender,
    secrets: ReadonlySet<string>,
    replicas: { readonly count: number; readonly timeoutMs: number } | undefined,
  ) {
    this.#sender = sender
    this.#secrets = secrets
    this.#replicas = replicas
    this.#wait = replicas ? [['WAIT', String(replicas.count), String(replicas.timeoutMs)]] : []
  }

  /** The reply to a write of one key. */
  async one(name: string, key: string, command: Command, signal: AbortSignal | undefined): Promise<unknown> {
    const sent = this.#sender.send([command, ...this.#wait], signal)
    const [reply, reached] = await Promise.allSettled(sent)
    const failure = this.#failureOf(reply!, reached, { name, kind: 'write', key })
    if (failure !== undefined) throw failure
    return answerOf(reply!)
  }

  /** The replies to the writes of each key, in their order; a `BulkStoreError` when not all were carried out. */
  async many(
    name: string,
    commands: ReadonlyMap<string, Command>,
    signal: AbortSignal | undefined,
  ): Promise<unknown[]> {
    if (commands.size === 0) return []
    const sent = this.#sender.send([...commands.values(), ...this.#wait], signal)
    const replies = await Promise.allSettled(sent)
    const reached = this.#wait.length > 0 ? replies.pop() : undefined
    const failures = new Map<string, StoreError>()
    const written: string[] = []
    for (const [place, key] of [...commands.keys()].entries()) {
      const failure = this.#failureOf(replies[place]!, reached, { name, kind: 'write', key })
      if (failure === undefined) written.push(key)
      else failures.set(key, failure)
    }
    if (failures.size === 0) return replies.map(answerOf)
    if (written.length === 0 && [...failures.values()].every(isOfAll)) {
      const { reason } = replies[0] as PromiseRejectedResult
      throw translateError(reason, { name, kind: 'write' }, this.#secrets)
    }
    const message = `${name}: ${failures.size} of ${commands.size} keys failed; failures says why for each`
    throw new BulkStoreError(message, failures, written)
  }

  #failureOf(
    reply: PromiseSettledResult<unknown>,
    reached: PromiseSettledResult<unknown> | undefined,
    operation: Operation,
  ): StoreError | undefined {
    if (reply.status === 'rejected') return translateError(reply.reason, operation, this.#secrets)
    if (reached === undefined) return undefined
    const { count, timeoutMs } = this.#replicas!
    const isKnown = reached.status === 'fulfilled'
    if (isKnown && Number(reached.value) >= count) return undefined
    const { name, key } = operation
    const many = isKnown
      ? `${reached.value} of ${count} replicas`
      : `nobody knows how many of ${count} replicas`
    const message = `${name} of ${keyText(key)}: ${many} took it within ${timeoutMs} ms; it is on the server, and may be lost with it`
    return new StoreError('WRITE_FAILURE', message, { key, applied: 'unknown' })
  }
}

function answerOf(reply: PromiseSettledResult<unknown>): unknown {
  return (reply as PromiseFulfilledResult<unknown>).value
}

function isOfAll({ code, applied }: StoreError): boolean {
  return applied === 'no' && OF_ALL.includes(code)
}
