/** How a case ends other than by a pass: what it throws says which. */

/** The store broke its promise: `fail`. */
export class BrokenPromise extends Error {
  override readonly name: string = 'BrokenPromise'
}

/** The case cannot be carried out, which says nothing about the promise it is about: `error`. */
export class CannotRun extends Error {
  override readonly name: string = 'CannotRun'
}

/** Thrown by `context.skip`: `skip`. */
export class Skipped extends Error {
  override readonly name: string = 'Skipped'
}
