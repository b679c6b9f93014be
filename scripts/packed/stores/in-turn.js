import { StoreError } from '@wt/core'

/**
 * What an engine of somebody else needs to keep the contract: values encoded at the call, calls of a key one after the other,
 * errors as StoreErrors, CLOSED after close.
 */
export class InTurn {
  #last = new Map()
  #closing

  /** Runs `call` when the calls of `key` made before are over. */
  run(operation, key, call) {
    if (this.#closing) return Promise.reject(new StoreError('CLOSED', `${operation}: the store was closed`))
    if (!key.isWellFormed()) {
      return Promise.reject(new StoreError('INVALID_KEY', `${operation}: a lone surrogate`, { key }))
    }
    const before = this.#last.get(key) ?? Promise.resolve()
    const answer = before.then(call)
    const settled = answer
      .catch(() => {})
      .then(() => {
        if (this.#last.get(key) === settled) this.#last.delete(key)
      })
    this.#last.set(key, settled)
    return answer
  }

  close(closeEngine) {
    this.#closing ??= Promise.all(this.#last.values()).then(closeEngine)
    return this.#closing
  }

  assertOpen(operation) {
    if (this.#closing) throw new StoreError('CLOSED', `${operation}: the store was closed`)
  }
}
