/** Who shall produce what is not there, and until when, by the process's own clock. */
export class Leases<K> {
  /** In the order in which they were granted. */
  readonly #leases = new Map<K, { readonly holder: string; readonly until: number }>()

  /** True: it is the holder's for so long. False: it is somebody's. */
  acquire(key: K, holder: string, leaseMs: number): boolean {
    const now = performance.now()
    this.#forgetOver(now)
    if ((this.#leases.get(key)?.until ?? 0) > now) return false
    this.#leases.delete(key)
    this.#leases.set(key, { holder, until: now + leaseMs })
    return true
  }

  release(key: K, holder: string): void {
    if (this.#leases.get(key)?.holder === holder) this.#leases.delete(key)
  }

  clear(): void {
    this.#leases.clear()
  }

  /** Those that nobody released, up to the first that is not over: what stays behind it goes with it. O(1) amortised. */
  #forgetOver(now: number): void {
    for (const [key, { until }] of this.#leases) {
      if (until > now) return
      this.#leases.delete(key)
    }
  }
}
