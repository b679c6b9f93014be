import { closeQuietly, codeOf, type FileSystem, isPresent, READ_RECORD } from './file-system.ts'
import { keyPath } from './key-path.ts'
import { HEADER_BYTES, keyOf, parseHeader, RecordDamage, verifyRecord } from './record.ts'

/**
 * The bytes of the value in the record of `key` at `directory/name`, in memory of their own; `undefined` when
 * there is none. Throws `RecordDamage` for one that does not verify, or what the file system throws. Opens,
 * reads and closes; a record above 64 KiB takes a stat and a second read.
 */
export function readValue(
  fileSystem: FileSystem,
  directory: string,
  name: string,
  key: string,
): Uint8Array | undefined {
  return readFile(fileSystem, directory, name, (descriptor) => {
    const start = fill(fileSystem, descriptor, scratch, 0, HEADER_BYTES)
    const header = parseHeader(start)
    const record =
      header.recordBytes < scratch.length
        ? fill(fileSystem, descriptor, scratch, start.length, header.recordBytes)
        : readOn(fileSystem, descriptor, start, header.recordBytes + 1)
    verifyRecord(record, header, key)
    return new Uint8Array(record.subarray(header.valueOffset))
  })
}

/**
 * The key of the record at `directory/name`, read from its header and checked against its name; `undefined`
 * when there is none.
 */
export function readKey(fileSystem: FileSystem, directory: string, name: string): string | undefined {
  return readFile(fileSystem, directory, name, (descriptor) => {
    const page = scratch.subarray(0, KEY_READ_BYTES)
    const start = fill(fileSystem, descriptor, page, 0, HEADER_BYTES)
    const header = parseHeader(start)
    const record =
      header.valueOffset <= page.length
        ? fill(fileSystem, descriptor, page, start.length, header.valueOffset)
        : readOn(fileSystem, descriptor, start, header.valueOffset)
    if (record.length < header.valueOffset) throw new RecordDamage('the file is cut short within its key')
    const key = keyOf(record, header)
    if (keyPath(key).name !== name) throw new RecordDamage('its key does not belong to its name')
    return key
  })
}

// Used within one synchronous call at a time, and never handed out. A record that fits leaves a byte, so that
// more shows.
const scratch = Buffer.allocUnsafeSlow(64 * 1024)
const KEY_READ_BYTES = 4096

function readFile<T>(
  fileSystem: FileSystem,
  directory: string,
  name: string,
  read: (descriptor: number) => T,
): T | undefined {
  let descriptor: number
  try {
    descriptor = fileSystem.openSync(`${directory}/${name}`, READ_RECORD)
  } catch (cause) {
    // Absence is an answer; every other failure to open is not, nor is a directory that is gone.
    if (codeOf(cause) === 'ENOENT' && isPresent(fileSystem, directory)) return undefined
    throw cause
  }
  try {
    return read(descriptor)
  } finally {
    closeQuietly(fileSystem, descriptor)
  }
}

/**
 * Reads on where the first read ended, up to `limit`. The file's size bounds it too: a damaged length claims
 * no memory.
 */
function readOn(fileSystem: FileSystem, descriptor: number, start: Buffer, limit: number): Buffer {
  const record = Buffer.allocUnsafeSlow(Math.min(limit, fileSystem.fstatSync(descriptor).size))
  record.set(start)
  return fill(fileSystem, descriptor, record, start.length, record.length)
}

/**
 * Reads into `bytes` after the `length` it holds, until that is `enough` or the file ends; what it holds
 * then.
 */
function fill(
  fileSystem: FileSystem,
  descriptor: number,
  bytes: Buffer,
  length: number,
  enough: number,
): Buffer {
  let filled = length
  while (filled < enough) {
    const count = fileSystem.readSync(descriptor, bytes, filled, bytes.length - filled, null)
    if (count === 0) break
    filled += count
  }
  return bytes.subarray(0, filled)
}
