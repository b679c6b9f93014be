import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

// The same stands in the tests of store-fs: what both stores' tests share is published with the suite, and mounting is no
// part of that.

/** A file system of so many KiB, of its own; only where this process may mount one. */
export function mountSmallDisk(sizeKiB: number): string {
  const directory = mkdtempSync(join(tmpdir(), 'small-disk-'))
  mount(directory, sizeKiB)
  onTestFinished(() => {
    spawnSync('umount', [directory])
    rmSync(directory, { recursive: true, force: true })
  })
  return directory
}

/** Tried, for a container's root may not. */
export function canMount(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false
  const directory = mkdtempSync(join(tmpdir(), 'small-disk-'))
  const isMounted = mount(directory, 64)
  if (isMounted) spawnSync('umount', [directory])
  rmSync(directory, { recursive: true, force: true })
  return isMounted
}

function mount(directory: string, sizeKiB: number): boolean {
  const options = `size=${sizeKiB}k,nr_inodes=2000`
  return spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory]).status === 0
}
