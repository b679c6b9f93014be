import { constants } from 'node:fs'
import { mayWrite } from './descriptors.ts'
import { type Disk, ROOT } from './disk.ts'

/** Where a path leads: a name in a directory, and what is there, if anything. */
export interface Place {
  readonly directory: number
  readonly name: string
  readonly inode: number | undefined
  /** The directories on the way, from the root on. */
  readonly ancestors: readonly number[]
}

/** The place of an absolute path, or the code by which a system refuses to go there. */
export function resolvePath(disk: Disk, path: string): Place | { readonly error: string } {
  if (!path.startsWith('/')) throw new TypeError(`SimFs: paths are absolute, not ${JSON.stringify(path)}`)
  const ancestors: number[] = []
  let place: Omit<Place, 'ancestors'> = { directory: ROOT, name: '', inode: ROOT }
  const above: (typeof place)[] = []
  for (const name of path.split('/')) {
    if (name === '') continue
    if (place.inode === undefined) return { error: 'ENOENT' }
    const inode = disk.inode(place.inode)
    if (inode.kind === 'file') return { error: 'ENOTDIR' }
    if (name === '.') continue
    if (name === '..') {
      place = above.pop() ?? place
      ancestors.pop()
      continue
    }
    if (Buffer.byteLength(name) > LONGEST_NAME_BYTES) return { error: 'ENAMETOOLONG' }
    above.push(place)
    ancestors.push(place.inode)
    place = { directory: place.inode, name, inode: inode.entries.get(name) }
  }
  return { ...place, ancestors }
}

/** The code by which an existing file or directory refuses to be opened so. */
export function refusesOpen(disk: Disk, inode: number, flags: number): string | undefined {
  if (flags & constants.O_CREAT && flags & constants.O_EXCL) return 'EEXIST'
  if (disk.inode(inode).kind === 'directory') {
    return mayWrite(flags) || flags & constants.O_CREAT ? 'EISDIR' : undefined
  }
  return flags & constants.O_DIRECTORY ? 'ENOTDIR' : undefined
}

/** The code by which a rename is refused. */
export function refusesRename(disk: Disk, source: Place, target: Place): string | undefined {
  if (source.inode === undefined) return 'ENOENT'
  if (source.inode === ROOT || target.inode === ROOT) return 'EBUSY'
  if (target.ancestors.includes(source.inode)) return 'EINVAL'
  if (target.inode === undefined || target.inode === source.inode) return undefined
  if (source.ancestors.includes(target.inode)) return 'ENOTEMPTY'
  const moved = disk.inode(source.inode)
  const replaced = disk.inode(target.inode)
  if (replaced.kind === 'file') return moved.kind === 'directory' ? 'ENOTDIR' : undefined
  if (moved.kind === 'file') return 'EISDIR'
  return replaced.entries.size > 0 ? 'ENOTEMPTY' : undefined
}

const LONGEST_NAME_BYTES = 255
