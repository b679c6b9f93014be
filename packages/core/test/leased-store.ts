import type { CallOptions } from '../src/index.ts'
import { SlowVersionedStore } from './slow-store.ts'

/** A store with versions and leases, whose calls are held until the test lets them go, or answered at once: `isFast`. */
export class LeasedStore extends SlowVersionedStore {
  override isFast = true
  readonly leases: Map<string, { readonly holder: string; readonly until: number }> = new Map()
  /** How often a lease was asked for. */
  asked = 0

  acquireLease(key: string, holder: string, leaseMs: number, options?: CallOptions): Promise<boolean> {
    this.asked++
    return this.hold('acquireLease', key, options, () => {
      const now = performance.now()
      if ((this.leases.get(key)?.until ?? 0) > now) return false
      this.leases.set(key, { holder, until: now + leaseMs })
      return true
    })
  }

  releaseLease(key: string, holder: string, options?: CallOptions): Promise<void> {
    return this.hold('releaseLease', key, options, () => {
      if (this.leases.get(key)?.holder === holder) this.leases.delete(key)
    })
  }
}
