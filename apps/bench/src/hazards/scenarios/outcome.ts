import { setImmediate, setTimeout } from 'node:timers/promises'

/** What became of a call. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown }

/** Waits for a call whichever way it ends, so that its rejection is never unhandled. */
export async function outcomeOf(call: Promise<unknown>): Promise<Outcome> {
  try {
    return { value: await call }
  } catch (error) {
    // How a call fails is what the scenarios look at.
    return { error }
  }
}

/** Whether the caller of a write was told that it worked: neither a rejection nor the `false` that stands for failure. */
export function acknowledged(outcome: Outcome): boolean {
  return 'value' in outcome && outcome.value !== false
}

/** What the caller was told, as the end of a sentence. */
export function told(outcome: Outcome): string {
  if ('value' in outcome) return outcome.value === false ? 'answered false' : 'resolved'
  return `rejected (${messageOf(outcome.error)})`
}

/** Ends a trial that says nothing: what should have worked did not. */
export function mustHaveWorked(what: string, outcome: Outcome): void {
  if (!acknowledged(outcome)) throw new Error(`${what} ${told(outcome)}, where the store had not failed`)
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

export function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value)
}

/** Lets everything run that does not wait for the store: many turns of the event loop, and the timers that are due. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await setImmediate()
  await setTimeout(5)
  for (let turn = 0; turn < 20; turn++) await setImmediate()
}
