import { codeOf, READ_RECORD } from './file-system.ts'
import { closeQuietly, type Files, isPresent, type OpenFile } from './files.ts'
import { keyPath } from './key-path.ts'
import { HEADER_BYTES, keyOf, parseHeader, RecordDamage, verifyRecord } from './record.ts'
import { type Steps, wait } from './steps.ts'

/**
 * The bytes of the value in the record of `key` at `directory/name`, in memory of their own; `undefined` when
 * there is none. Throws `RecordDamage` for one that does not verify, or what the file system throws. Opens,
 * reads and closes; a record above 64 KiB takes a stat and a second read.
 */
export function* readValue(
  files: Files,
  directory: string,
  name: string,
  key: string,
): Steps<Uint8Array | undefined> {
  const found = yield* readRecord(files, directory, name)
  if (found !== undefined && found.key !== key) throw new RecordDamage('it is the record of another key')
  return found?.value
}

/** The whole record at `directory/name`, whichever key it is of. Otherwise as `readValue`. */
export function* readRecord(
  files: Files,
  directory: string,
  name: string,
): Steps<{ readonly key: string; readonly value: Uint8Array } | undefined> {
  const file = yield* openRecord(files, directory, name)
  if (file === undefined) return undefined
  const scratch = idleScratches.pop() ?? Buffer.allocUnsafeSlow(SCRATCH_BYTES)
  try {
    const start = yield* fill(file, scratch, 0, HEADER_BYTES)
    const header = parseHeader(start)
    const record = yield* readOn(file, scratch, start, header.recordBytes)
    verifyRecord(record, header)
    return { key: keyOf(record, header), value: new Uint8Array(record.subarray(header.valueOffset)) }
  } finally {
    idleScratches.push(scratch)
    yield* closeQuietly(file)
  }
}

/**
 * The key of the record at `directory/name`, read from its header and checked against its name; `undefined`
 * when there is none.
 */
export function* readKey(files: Files, directory: string, name: string): Steps<string | undefined> {
  const file = yield* openRecord(files, directory, name)
  if (file === undefined) return undefined
  const page = Buffer.allocUnsafe(KEY_READ_BYTES)
  try {
    const start = yield* fill(file, page, 0, HEADER_BYTES)
    const header = parseHeader(start)
    const record = yield* readOn(file, page, start, header.valueOffset)
    if (record.length < header.valueOffset) throw new RecordDamage('the file is cut short within its key')
    const key = keyOf(record, header)
    checkName(key, name)
    return key
  } finally {
    yield* closeQuietly(file)
  }
}

/** Throws `RecordDamage` when the record of `key` has no business under `name`. */
export function checkName(key: string, name: string): void {
  if (keyPath(key).name !== name) throw new RecordDamage('its key does not belong to its name')
}

const SCRATCH_BYTES = 64 * 1024
const KEY_READ_BYTES = 4096

/** Read into by one call at a time, and never handed out: as many as there ever were reads at once. */
const idleScratches: Buffer[] = []

function* openRecord(files: Files, directory: string, name: string): Steps<OpenFile | undefined> {
  try {
    return yield* wait(files.open(`${directory}/${name}`, READ_RECORD))
  } catch (cause) {
    // Absence is an answer; every other failure to open is not, nor is a directory that is gone.
    if (codeOf(cause) === 'ENOENT' && (yield* isPresent(files, directory))) return undefined
    throw cause
  }
}

/**
 * Reads on where `start`, the beginning of `bytes`, ends, until there is `enough` or the file ends; of a longer file
 * at least a byte more, so that it shows. Goes on in new memory when `bytes` is too small; the file's size bounds
 * that too: a damaged length claims no memory.
 */
function* readOn(file: OpenFile, bytes: Buffer, start: Buffer, enough: number): Steps<Buffer> {
  if (enough < bytes.length) return yield* fill(file, bytes, start.length, enough)
  const { size } = yield* wait(file.stat())
  const record = Buffer.allocUnsafeSlow(Math.min(enough + 1, size))
  record.set(start)
  return yield* fill(file, record, start.length, record.length)
}

/**
 * Reads into `bytes` after the `length` it holds, until that is `enough` or the file ends; what it holds
 * then.
 */
function* fill(file: OpenFile, bytes: Buffer, length: number, enough: number): Steps<Buffer> {
  let filled = length
  while (filled < enough) {
    const { bytesRead } = yield* wait(file.read(bytes, filled, bytes.length - filled, null))
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}
