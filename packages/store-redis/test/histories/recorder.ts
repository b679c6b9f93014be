import { BulkReadError, BulkStoreError, StoreError } from '@wt/core'
import { type Held, now, type Operation, type Outcome } from './history.ts'

/** What is known of an operation once it was answered. */
type Told = Partial<
  Pick<Operation, 'value' | 'existed' | 'hit' | 'before' | 'refused' | 'version' | 'outcome'>
>

/** What a conditional write tells when it was not carried out. */
export const REFUSED: Told = { outcome: 'no', refused: true }

/** Notes what is asked, and what is answered. */
export class Recorder {
  readonly operations: Operation[] = []
  readonly oddities: string[] = []

  /**
   * Calls `call`, at once, and answers what it does. `told` says what the answer says of a key; what is known before there is
   * one, `call` may note.
   */
  async watch<T>(
    name: string,
    kind: Operation['kind'],
    entries: readonly (readonly [key: string, value: Held])[],
    call: (note: (told: Told) => void) => T | PromiseLike<T>,
    told: (answer: T, key: string) => Told = () => ({}),
  ): Promise<T> {
    const from = now()
    const operations = entries.map(([key, value]): Operation => {
      return { name, kind, key, value, from, to: Number.POSITIVE_INFINITY, outcome: 'unknown' }
    })
    this.operations.push(...operations)
    try {
      const answer = await call((known) => {
        for (const operation of operations) Object.assign(operation, known)
      })
      const to = now()
      for (const operation of operations) {
        Object.assign(operation, { to, outcome: 'ok' }, told(answer, operation.key))
      }
      return answer
    } catch (error) {
      const to = now()
      for (const operation of operations) Object.assign(operation, { to }, failureOf(operation, error))
      if (!isExpected(error)) this.oddities.push(`${name}: ${String(error)}`)
      throw error
    }
  }
}

function isExpected(error: unknown): boolean {
  return StoreError.is(error) || error instanceof BulkStoreError || error instanceof BulkReadError
}

function failureOf({ kind, key }: Operation, error: unknown): { outcome: Outcome; value?: Held } {
  if (kind === 'read') {
    const found = error instanceof BulkReadError ? (error.found as Map<string, number>) : undefined
    return found?.has(key) ? { outcome: 'ok', value: found.get(key) } : { outcome: 'failed' }
  }
  if (StoreError.is(error)) return { outcome: error.applied ?? 'unknown' }
  if (!(error instanceof BulkStoreError)) return { outcome: 'unknown' }
  if (error.written.includes(key)) return { outcome: 'ok' }
  return { outcome: error.failures.get(key)?.applied ?? 'unknown' }
}
