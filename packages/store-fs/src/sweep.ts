import { closeQuietly, codeOf, CREATE_NEW, FILE_MODE, type FileSystem } from './file-system.ts'
import { parseTempName, type TempNames } from './temp-name.ts'

/** Longer than any write takes. A wrong guess costs its writer a second attempt, never the put. */
export const ABANDONED_AFTER_MS: number = 60 * 60 * 1000

/**
 * Deletes the temporary files that a crash left in `directories`: those of a dead process of this host and
 * boot, and those older than an hour by the clock of the file system. Leaves alone what is not the store's.
 * One listing per directory.
 */
export function sweep(fileSystem: FileSystem, directories: Iterable<string>, tempNames: TempNames): void {
  for (const directory of directories) {
    let now: number | undefined
    for (const name of fileSystem.readdirSync(directory)) {
      const owner = parseTempName(name)
      if (owner === undefined) continue
      const file = `${directory}/${name}`
      try {
        if (owner.processId !== undefined && isDead(owner.processId)) {
          fileSystem.unlinkSync(file)
          continue
        }
        const status = fileSystem.lstatSync(file, { throwIfNoEntry: false })
        if (status === undefined) continue
        now ??= clockOf(fileSystem, directory, tempNames)
        if (now - status.mtimeMs > ABANDONED_AFTER_MS) fileSystem.unlinkSync(file)
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
function clockOf(fileSystem: FileSystem, directory: string, tempNames: TempNames): number {
  const file = `${directory}/${tempNames.next()}`
  const descriptor = fileSystem.openSync(file, CREATE_NEW, FILE_MODE)
  try {
    return fileSystem.fstatSync(descriptor).mtimeMs
  } finally {
    closeQuietly(fileSystem, descriptor)
    fileSystem.unlinkSync(file)
  }
}
