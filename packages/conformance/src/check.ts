import { type Applied, StoreError, type StoreErrorCode } from '@wt/core'
import { display } from './history.ts'
import { BrokenPromise } from './outcomes.ts'
import { same } from './same.ts'

export function check(condition: unknown, message: string): asserts condition {
  if (!condition) throw new BrokenPromise(message)
}

/** Values are compared by content: another prototype or another realm makes no difference. */
export function checkSame(actual: unknown, expected: unknown, what: string): void {
  if (!same(actual, expected)) {
    throw new BrokenPromise(`${what}: expected ${display(expected)}, got ${display(actual)}`)
  }
}

export function checkAbsent(actual: unknown, what: string): void {
  check(
    actual === undefined,
    `${what}: expected undefined, for there is no such entry, got ${display(actual)}`,
  )
}

export interface Owed {
  /** Any of these will do. */
  readonly code: StoreErrorCode | readonly StoreErrorCode[]
  readonly applied?: Applied
  /** The key that the error names. */
  readonly key?: string
}

/** The call fails with the `StoreError` that is owed. Gives that error back. */
export async function checkFails(call: () => unknown, owed: Owed, what: string): Promise<StoreError> {
  const error = await failureOf(call, `${what}: a StoreError ${String(owed.code)} is owed`)
  check(StoreError.is(error), `${what}: a StoreError ${String(owed.code)} is owed, got ${display(error)}`)
  const codes: readonly StoreErrorCode[] = typeof owed.code === 'string' ? [owed.code] : owed.code
  check(codes.includes(error.code), `${what}: the code ${codes.join(' or ')} is owed, got ${display(error)}`)
  if (owed.applied !== undefined) {
    check(
      error.applied === owed.applied,
      `${what}: applied '${owed.applied}' is owed, got '${error.applied}' of ${display(error)}`,
    )
  }
  if ('key' in owed) {
    check(error.key === owed.key, `${what}: its key is ${display(owed.key)}, got ${display(error.key)}`)
  }
  return error
}

/** What the call threw or rejected with; that it answers at all breaks the promise. */
export async function failureOf(call: () => unknown, otherwise: string): Promise<unknown> {
  let answer: unknown
  try {
    answer = await call()
  } catch (error) {
    // The failure is what was asked for.
    return error
  }
  throw new BrokenPromise(`${otherwise}, but it answered ${display(answer)}`)
}

/** True for a TypeError of any realm. */
export function isTypeError(error: unknown): boolean {
  return error instanceof TypeError || (error as Error | undefined)?.name === 'TypeError'
}
