import { constants } from 'node:fs'
import type { CrashProfile, SimFs } from '../../src/simfs/index.ts'

const { O_CREAT, O_DIRECTORY, O_RDONLY, O_TRUNC, O_WRONLY } = constants

/** Writes a file in one call, not synced; its descriptor, closed. */
export function write(fileSystem: SimFs, path: string, text: string, flags: number = O_TRUNC): void {
  const descriptor = fileSystem.openSync(path, O_WRONLY | O_CREAT | flags)
  fileSystem.writeSync(descriptor, Buffer.from(text))
  fileSystem.closeSync(descriptor)
}

/** Syncs a file or directory. */
export function sync(fileSystem: SimFs, path: string): void {
  const isDirectory = fileSystem.lstatSync(path).isDirectory()
  const descriptor = fileSystem.openSync(path, isDirectory ? O_RDONLY | O_DIRECTORY : O_RDONLY)
  try {
    fileSystem.fsyncSync(descriptor)
  } finally {
    fileSystem.closeSync(descriptor)
  }
}

/** All files of a file system on one line: `/a=text /b=`. Zeros are shown as `0`. */
export function shown(fileSystem: SimFs): string {
  const files = [...fileSystem.files()].sort(([a], [b]) => (a < b ? -1 : 1))
  return files
    .map(([path, bytes]) => `${path}=${Buffer.from(bytes).toString('latin1').replaceAll('\0', '0')}`)
    .join(' ')
}

/** What may be found after a crash now, sorted. */
export function left(fileSystem: SimFs, profile: CrashProfile): string[] {
  return [...fileSystem.afterCrash({ profile })].map((state) => shown(state.fileSystem)).sort()
}
