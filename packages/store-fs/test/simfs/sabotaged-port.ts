import { constants } from 'node:fs'
import type { SimFs } from '@wt/conformance/simfs'
import type { FileSystem } from '../../src/index.ts'

/** A file system that does one thing otherwise than the store asks for, as a store with that fault would. */
export type Sabotage = (fileSystem: FileSystem, pathOf: (descriptor: number) => string) => Partial<FileSystem>

/** A store on it behaves as one whose own code has the fault. */
export function sabotaged(simFs: SimFs, sabotage: Sabotage): FileSystem {
  const paths = new Map<number, string>()
  const faithful: FileSystem = {
    openSync: (path, flags, mode) => {
      const descriptor = simFs.openSync(path, flags, mode)
      paths.set(descriptor, path)
      return descriptor
    },
    closeSync: (descriptor) => simFs.closeSync(descriptor),
    readSync: (...read) => simFs.readSync(...read),
    writeSync: (...write) => simFs.writeSync(...write),
    fsyncSync: (descriptor) => simFs.fsyncSync(descriptor),
    fstatSync: (descriptor) => simFs.fstatSync(descriptor),
    lstatSync: (path, options) => simFs.lstatSync(path, options),
    renameSync: (from, to) => simFs.renameSync(from, to),
    unlinkSync: (path) => simFs.unlinkSync(path),
    mkdirSync: (path, options) => simFs.mkdirSync(path, options),
    readdirSync: (path) => simFs.readdirSync(path),
  }
  return { ...faithful, ...sabotage(faithful, (descriptor) => paths.get(descriptor) ?? '') }
}

const TEMP = /\/temp-[^/]+$/
const RECORD = /\/(key|hash)-[^/]+$/
const SHARD = /\/v1\/[0-9a-f]$/

/** Leaves out the syncs of what `skipped` matches. */
function withoutSync(skipped: RegExp): Sabotage {
  return (fileSystem, pathOf) => ({
    fsyncSync(descriptor) {
      if (!skipped.test(pathOf(descriptor))) fileSystem.fsyncSync(descriptor)
    },
  })
}

export const noFileSync: Sabotage = withoutSync(TEMP)
export const noShardSync: Sabotage = withoutSync(SHARD)
export const noVersionSync: Sabotage = withoutSync(/\/v1$/)
export const noRootSync: Sabotage = withoutSync(/^\/data\/store$/)
export const noParentSync: Sabotage = withoutSync(/^\/data$/)
export const noGrandparentSync: Sabotage = withoutSync(/^\/$/)

export const syncAfterRename: Sabotage = (fileSystem, pathOf) => ({
  ...noFileSync(fileSystem, pathOf),
  renameSync(from, to) {
    fileSystem.renameSync(from, to)
    const descriptor = fileSystem.openSync(to, constants.O_RDONLY)
    fileSystem.fsyncSync(descriptor)
    fileSystem.closeSync(descriptor)
  },
})

/** What a rename that may not be used is replaced by. */
export const copyForRename: Sabotage = (fileSystem) => ({
  renameSync(from, to) {
    const source = fileSystem.openSync(from, constants.O_RDONLY)
    const bytes = Buffer.alloc(10_000)
    const length = fileSystem.readSync(source, bytes, 0, bytes.length, null)
    fileSystem.closeSync(source)
    const target = fileSystem.openSync(to, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC)
    fileSystem.writeSync(target, bytes, 0, length)
    fileSystem.fsyncSync(target)
    fileSystem.closeSync(target)
    fileSystem.unlinkSync(from)
  },
})

export const syncTriedAgain: Sabotage = (fileSystem) => ({
  fsyncSync(descriptor) {
    try {
      fileSystem.fsyncSync(descriptor)
    } catch {
      // The sabotage.
      fileSystem.fsyncSync(descriptor)
    }
  },
})

export const failedDirectorySyncIgnored: Sabotage = (fileSystem, pathOf) => ({
  fsyncSync(descriptor) {
    if (SHARD.test(pathOf(descriptor))) quietly(() => fileSystem.fsyncSync(descriptor))
    else fileSystem.fsyncSync(descriptor)
  },
})

export const failedCloseIgnored: Sabotage = (fileSystem) => ({
  closeSync: (descriptor) => quietly(() => fileSystem.closeSync(descriptor)),
})

export const shortWriteIgnored: Sabotage = (fileSystem) => ({
  writeSync(descriptor, bytes, offset, length) {
    fileSystem.writeSync(descriptor, bytes, offset, length)
    return length
  },
})

/** An error that proves nothing is passed on as one that does. */
export const doubtfulRenameDenied: Sabotage = (fileSystem) => ({
  renameSync(from, to) {
    try {
      fileSystem.renameSync(from, to)
    } catch {
      // The sabotage.
      throw Object.assign(new Error('EACCES'), { code: 'EACCES' })
    }
  },
})

export const failedReadIsAbsence: Sabotage = (fileSystem) => ({
  openSync(path, flags, mode) {
    try {
      return fileSystem.openSync(path, flags, mode)
    } catch {
      // The sabotage.
      throw Object.assign(new Error('ENOENT'), { code: 'ENOENT' })
    }
  },
})

/** The directory is not synced after the `unlink` of a record that found nothing. */
export const absentRemovalNotSynced: Sabotage = (fileSystem, pathOf) => {
  let foundNothing = false
  return {
    unlinkSync(path) {
      foundNothing = RECORD.test(path)
      fileSystem.unlinkSync(path)
      foundNothing = false
    },
    fsyncSync(descriptor) {
      if (foundNothing && SHARD.test(pathOf(descriptor))) foundNothing = false
      else fileSystem.fsyncSync(descriptor)
    },
  }
}

export const directoriesLeftOpen: Sabotage = (fileSystem, pathOf) => ({
  closeSync(descriptor) {
    if (!SHARD.test(pathOf(descriptor))) fileSystem.closeSync(descriptor)
  },
})

export const nothingSwept: Sabotage = (fileSystem) => ({
  readdirSync: (path) => fileSystem.readdirSync(path).filter((name) => !name.startsWith('temp-')),
})

export const hashedNotListed: Sabotage = (fileSystem) => ({
  readdirSync: (path) => fileSystem.readdirSync(path).filter((name) => !name.startsWith('hash-')),
})

function quietly(call: () => void): void {
  try {
    call()
  } catch {
    // The sabotage.
  }
}
