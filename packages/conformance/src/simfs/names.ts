import { constants } from 'node:fs'
import { mayWrite } from './descriptors.ts'
import type { Journal } from './journal.ts'
import type { SimFsCall } from './operation.ts'
import { type Place, refusesOpen, refusesRename, resolvePath } from './paths.ts'
import { systemError } from './system-error.ts'

/** The inode that an `openSync` opens, made or emptied as the flags say. */
export function openInode(journal: Journal, path: string, flags: number): number {
  const { directory, name, inode: found } = resolve(journal, 'openSync', path)
  if (found === undefined) {
    if (!(flags & constants.O_CREAT)) throw systemError('ENOENT', 'openSync', path)
    const inode = journal.make('file')
    journal.setEntries(directory, [name, inode])
    return inode
  }
  const code = refusesOpen(journal.live, found, flags)
  if (code !== undefined) throw systemError(code, 'openSync', path)
  if (flags & constants.O_TRUNC && mayWrite(flags)) {
    journal.change({ type: 'size', inode: found, size: 0, mtimeMs: journal.nowMs })
  }
  return found
}

export function rename(journal: Journal, from: string, to: string): void {
  const source = resolve(journal, 'renameSync', from)
  const target = resolve(journal, 'renameSync', to)
  const code = refusesRename(journal.live, source, target)
  if (code !== undefined) throw systemError(code, 'renameSync', from)
  if (source.inode === target.inode) return
  if (source.directory === target.directory) {
    journal.setEntries(target.directory, [source.name, undefined], [target.name, source.inode])
  } else {
    // A power cut may find one directory changed and not the other.
    journal.setEntries(target.directory, [target.name, source.inode])
    journal.setEntries(source.directory, [source.name, undefined])
  }
}

export function unlink(journal: Journal, path: string): void {
  const { directory, name, inode } = resolve(journal, 'unlinkSync', path)
  if (inode === undefined) throw systemError('ENOENT', 'unlinkSync', path)
  if (journal.live.inode(inode).kind === 'directory') throw systemError('EISDIR', 'unlinkSync', path)
  journal.setEntries(directory, [name, undefined])
}

/** Makes each directory of the path that is missing, in an operation of its own; the first that it made. */
export function makeDirectories(journal: Journal, path: string): string | undefined {
  const names = path.split('/').filter((name) => name !== '')
  let firstMade: string | undefined
  for (const depth of names.keys()) {
    const part = `/${names.slice(0, depth + 1).join('/')}`
    const isMade = journal.run('mkdirSync', part, () => {
      const { inode } = resolve(journal, 'mkdirSync', part)
      if (inode !== undefined && journal.live.inode(inode).kind === 'directory') return false
      // On the way to the last, a file is not where a directory could be.
      if (inode !== undefined && depth < names.length - 1) throw systemError('ENOTDIR', 'mkdirSync', path)
      makeDirectory(journal, part)
      return true
    })
    if (isMade) firstMade ??= part
  }
  return firstMade
}

export function makeDirectory(journal: Journal, path: string): void {
  const { directory, name, inode } = resolve(journal, 'mkdirSync', path)
  if (inode !== undefined) throw systemError('EEXIST', 'mkdirSync', path)
  journal.setEntries(directory, [name, journal.make('directory')])
}

export function list(journal: Journal, path: string): string[] {
  const { inode } = resolve(journal, 'readdirSync', path)
  if (inode === undefined) throw systemError('ENOENT', 'readdirSync', path)
  const directory = journal.live.inode(inode)
  if (directory.kind === 'file') throw systemError('ENOTDIR', 'readdirSync', path)
  return [...directory.entries.keys()]
}

function resolve(journal: Journal, call: SimFsCall, path: string): Place {
  const place = resolvePath(journal.live, path)
  if ('error' in place) throw systemError(place.error, call, path)
  return place
}
