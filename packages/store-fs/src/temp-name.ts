import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, readlinkSync } from 'node:fs'

/**
 * Names for temporary files, which say who writes them: `temp-<host>-<process>-<random>-<count>`. The host is
 * a hash of the running system's boot and of the process-id namespace, so that a process id is only compared
 * where it counts.
 */
export class TempNames {
  readonly #prefix = `temp-${hostTag()}-${process.pid}-${randomBytes(8).toString('hex')}`
  #count = 0

  next(): string {
    return `${this.#prefix}-${(this.#count++).toString(36)}`
  }
}

/** Who wrote a temporary file: the process, if it belongs to this host as it is booted now. */
export interface TempOwner {
  readonly processId: number | undefined
}

/** `undefined` when `name` is none of ours. */
export function parseTempName(name: string): TempOwner | undefined {
  const match = TEMP_NAME.exec(name)
  if (match === null) return undefined
  const here = match[1] === hostTag() && match[1] !== UNKNOWN_HOST
  return { processId: here ? Number(match[2]) : undefined }
}

const TEMP_NAME = /^temp-([0-9a-f]{12}|0)-([0-9]{1,10})-[0-9a-f]{16}-[0-9a-z]+$/
const UNKNOWN_HOST = '0'
let knownHostTag: string | undefined

function hostTag(): string {
  knownHostTag ??= readHostTag()
  return knownHostTag
}

function readHostTag(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8')
    const namespace = readlinkSync('/proc/self/ns/pid')
    return createHash('sha256').update(boot).update(namespace).digest('hex').slice(0, 12)
  } catch {
    // Not Linux, or no /proc: whose process an id is cannot be told, so that temporary files go by their age
    // alone.
    return UNKNOWN_HOST
  }
}
