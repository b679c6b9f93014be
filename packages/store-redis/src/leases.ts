import type { Command } from './link.ts'
import type { Names } from './names.ts'
import type { Writes } from './writes.ts'

/** Ends the lease if its holder is the one who says so. Nothing else comes between. */
const RELEASE = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`

/** Who shall produce what is not there, and until when, by the server's clock: a string that expires, beside the key's. */
export class Leases {
  readonly #writes: Writes
  readonly #names: Names

  constructor(writes: Writes, names: Names) {
    this.#writes = writes
    this.#names = names
  }

  /** True: it is the holder's for so long. False: it is somebody's. */
  async acquire(
    key: string,
    holder: string,
    leaseMs: number,
    signal: AbortSignal | undefined,
  ): Promise<boolean> {
    const name = leaseName(this.#names.prefix, this.#names.nameOf('acquireLease', key))
    const command: Command = ['SET', name, holder, 'NX', 'PX', String(leaseMs)]
    return (await this.#writes.one('acquireLease', key, command, signal)) !== null
  }

  async release(key: string, holder: string, signal: AbortSignal | undefined): Promise<void> {
    const name = leaseName(this.#names.prefix, this.#names.nameOf('releaseLease', key))
    await this.#writes.one('releaseLease', key, ['EVAL', RELEASE, '1', name, holder], signal)
  }
}

const HAS_BRACES = /[{}]/
const MARK = Buffer.from([0xff, ...Buffer.from('lease')])

/**
 * How the lease of a key of that name is called. It is no UTF-8, and so no key's name, and not told of as a change of one; it is under
 * the prefix, which may be all that a user may touch; and in a Cluster in the key's slot, to be there whenever the key is: by the tag
 * that both have, or one that is the key's whole name. Where braces make no tag it is in a slot of its own.
 */
export function leaseName(prefix: string, name: string): Buffer {
  return HAS_BRACES.test(name)
    ? Buffer.concat([Buffer.from(name), MARK])
    : Buffer.concat([Buffer.from(prefix), MARK, Buffer.from(`{${name}}`)])
}
