/**
 * Makes a call that its caller may leave, by the signal, until it has begun: until then an abort rejects at once with
 * `aborted()`, and `begin` throws, so that nothing is done any more. From `begin` on the call runs to its end.
 */
export function leaving<T>(
  signal: AbortSignal | undefined,
  aborted: () => Error,
  call: (begin: () => void) => Promise<T>,
): Promise<T> {
  if (signal === undefined) return call(() => {})
  return new Promise<T>((resolve, reject) => {
    let left: Error | undefined
    const leave = () => {
      left = aborted()
      reject(left)
    }
    if (signal.aborted) {
      leave()
      return
    }
    signal.addEventListener('abort', leave)
    const stay = () => signal.removeEventListener('abort', leave)
    const begin = () => {
      stay()
      if (left !== undefined) throw left
    }
    // When it was left, that is told already, and how it ends is no news.
    call(begin).then(resolve, reject).finally(stay)
  })
}
