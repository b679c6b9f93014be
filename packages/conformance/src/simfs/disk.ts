import { hash } from 'node:crypto'

/** A file or directory itself, whatever its names. Never changed in place: a change puts another in its stead. */
export type Inode = FileInode | DirectoryInode

export interface FileInode {
  readonly kind: 'file'
  readonly bytes: Uint8Array
  readonly mtimeMs: number
}

export interface DirectoryInode {
  readonly kind: 'directory'
  /** Inode numbers by name. */
  readonly entries: ReadonlyMap<string, number>
  readonly mtimeMs: number
}

/** One change of a disk: what a power cut keeps or loses as a whole. */
export type Effect =
  /** A new inode. By itself it is invisible: only an entry makes it a file. */
  | { readonly type: 'inode'; readonly inode: number; readonly made: Inode }
  /** Names in one directory, set to an inode or, with `undefined`, taken away; all at once. */
  | {
      readonly type: 'entries'
      readonly directory: number
      readonly changes: readonly (readonly [name: string, inode: number | undefined])[]
      readonly mtimeMs: number
    }
  | {
      readonly type: 'bytes'
      readonly inode: number
      readonly offset: number
      readonly bytes: Uint8Array
      readonly mtimeMs: number
    }
  | { readonly type: 'size'; readonly inode: number; readonly size: number; readonly mtimeMs: number }

export const ROOT = 1

/** Inodes by number. A copy shares them, so that a thousand disks after a crash cost little. */
export class Disk {
  readonly #inodes: Map<number, Inode>

  constructor(inodes: Iterable<readonly [number, Inode]>) {
    this.#inodes = new Map(inodes)
  }

  /** A root directory and nothing in it. */
  static empty(mtimeMs: number): Disk {
    return new Disk([[ROOT, { kind: 'directory', entries: new Map(), mtimeMs }]])
  }

  copy(): Disk {
    return new Disk(this.#inodes)
  }

  has(number: number): boolean {
    return this.#inodes.has(number)
  }

  inode(number: number): Inode {
    const inode = this.#inodes.get(number)
    if (inode === undefined) throw new Error(`SimFs: there is no inode ${number}; this is a fault in SimFs`)
    return inode
  }

  file(number: number): FileInode {
    return this.inode(number) as FileInode
  }

  /** One more than the largest number in use. */
  nextInode(): number {
    return Math.max(...this.#inodes.keys()) + 1
  }

  apply(effect: Effect): void {
    if (effect.type === 'inode') {
      this.#inodes.set(effect.inode, effect.made)
    } else if (effect.type === 'entries') {
      const { directory, changes, mtimeMs } = effect
      const entries = new Map((this.inode(directory) as DirectoryInode).entries)
      for (const [name, inode] of changes) {
        if (inode === undefined) entries.delete(name)
        else entries.set(name, inode)
      }
      this.#inodes.set(directory, { kind: 'directory', entries, mtimeMs })
    } else {
      const { bytes } = this.file(effect.inode)
      const changed = effect.type === 'size' ? resized(bytes, effect.size) : overwritten(bytes, effect)
      this.#inodes.set(effect.inode, { kind: 'file', bytes: changed, mtimeMs: effect.mtimeMs })
    }
  }

  /** Everything that has a path, parents first, in the order in which the names were made. */
  *tree(): Generator<readonly [path: string, inode: Inode, number: number]> {
    const waiting: [string, number][] = [['/', ROOT]]
    for (const [path, number] of waiting) {
      const inode = this.inode(number)
      yield [path, inode, number]
      if (inode.kind === 'file') continue
      for (const [name, child] of inode.entries)
        waiting.push([path === '/' ? `/${name}` : `${path}/${name}`, child])
    }
  }

  /** The same disk without what no path leads to, as a check at boot leaves it. */
  reachable(): Disk {
    return new Disk(Array.from(this.tree(), ([, inode, number]) => [number, inode] as const))
  }

  /** Equal for disks with the same paths and contents. */
  fingerprint(): string {
    const parts: string[] = []
    for (const [path, inode] of this.tree()) {
      parts.push(path, inode.kind === 'file' ? `\0${fileFingerprint(inode)}` : '')
    }
    return hash('sha1', parts.join('\0'), 'base64')
  }
}

/** Of its bytes. Kept, for an inode never changes. */
function fileFingerprint(inode: FileInode): string {
  let print = fingerprints.get(inode)
  if (print === undefined) {
    print = hash('sha1', inode.bytes, 'base64')
    fingerprints.set(inode, print)
  }
  return print
}

const fingerprints = new WeakMap<FileInode, string>()

/** Cut, or grown with zeros. */
function resized(bytes: Uint8Array, size: number): Uint8Array {
  const changed = new Uint8Array(size)
  changed.set(bytes.subarray(0, size))
  return changed
}

function overwritten(old: Uint8Array, { offset, bytes }: { offset: number; bytes: Uint8Array }): Uint8Array {
  const changed = resized(old, Math.max(old.length, offset + bytes.length))
  changed.set(bytes, offset)
  return changed
}
