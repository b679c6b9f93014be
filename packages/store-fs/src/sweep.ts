import { codeOf, CREATE_NEW, FILE_MODE } from './file-system.ts'
import { closeQuietly, type Files, statusOf } from './files.ts'
import { type Steps, wait } from './steps.ts'
import { parseTempName, type TempNames } from './temp-name.ts'

/** Longer than any write takes. A wrong guess costs its writer a second attempt, never the put. */
export const ABANDONED_AFTER_MS: number = 60 * 60 * 1000

/**
 * Deletes the temporary files that a crash left in `directories`: those of a dead process of this host and
 * boot, and those older than an hour by the clock of the file system. Leaves alone what is not the store's.
 * One listing per directory.
 */
export function* sweep(files: Files, directories: Iterable<string>, tempNames: TempNames): Steps<void> {
  for (const directory of directories) {
    let now: number | undefined
    for (const name of yield* wait(files.readdir(directory))) {
      const owner = parseTempName(name)
      if (owner === undefined) continue
      const file = `${directory}/${name}`
      try {
        if (owner.processId !== undefined && isDead(owner.processId)) {
          yield* wait(files.unlink(file))
          continue
        }
        const status = yield* statusOf(files, file)
        if (status === undefined) continue
        now ??= yield* clockOf(files, directory, tempNames)
        if (now - status.mtimeMs > ABANDONED_AFTER_MS) yield* wait(files.unlink(file))
      } catch {
        // Gone meanwhile, or not ours to delete (a read-only file system, say): it harms nobody, and a later
        // open tries again.
      }
    }
  }
}

function isDead(processId: number): boolean {
  try {
    process.kill(processId, 0)
    return false
  } catch (cause) {
    // ESRCH is the one answer that says so; EPERM is a process that lives and is not ours.
    return codeOf(cause) === 'ESRCH'
  }
}

/**
 * The file system's clock, which on a network is not this machine's: the time of a file that is made for it.
 */
function* clockOf(files: Files, directory: string, tempNames: TempNames): Steps<number> {
  const path = `${directory}/${tempNames.next()}`
  const file = yield* wait(files.open(path, CREATE_NEW, FILE_MODE))
  try {
    return (yield* wait(file.stat())).mtimeMs
  } finally {
    yield* closeQuietly(file)
    yield* wait(files.unlink(path))
  }
}
