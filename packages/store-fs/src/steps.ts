import type { Awaitable } from '@wt/core'

/**
 * A protocol written once for both stores. It reads as an `async` function does, with `yield* wait(…)` in place of
 * `await`: `FsStore` takes the steps at once, `AsyncFsStore` waits at each. So there is one order of system calls, and
 * one place for what each of their failures means, whichever store is used.
 */
export type Steps<T> = Generator<PromiseLike<unknown>, T, unknown>

/** The result of a call of the file system, now or later. */
export function* wait<T>(result: Awaitable<T>): Steps<T> {
  return isLater(result) ? ((yield result) as T) : result
}

/** Takes all steps now. Every call in them has to answer at once. */
export function runNow<T>(steps: Steps<T>): T {
  const step = steps.next()
  if (step.done === true) return step.value
  throw new TypeError('FsStore: the file system answers later; hand it to AsyncFsStore')
}

/** Takes one step after the other, each when the call before it has answered. */
export async function runLater<T>(steps: Steps<T>): Promise<T> {
  let step = steps.next()
  while (step.done !== true) {
    let result: unknown
    try {
      result = await step.value
    } catch (error) {
      // It belongs to the protocol, which knows what the failure of this call means.
      step = steps.throw(error)
      continue
    }
    step = steps.next(result)
  }
  return step.value
}

function isLater<T>(result: Awaitable<T>): result is PromiseLike<T> {
  return typeof (result as { then?: unknown } | null | undefined)?.then === 'function'
}
