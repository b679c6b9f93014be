import { readdir, readFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { check } from './check.ts'

/**
 * What lies around a location: every file and directory of the two directories above it, with its content. The location
 * itself is left out. A check, made later, that it is all as it was.
 */
export async function canaryAround(location: string): Promise<() => Promise<void>> {
  const root = dirname(dirname(location))
  const before = await listing(root, location)
  return async () => {
    const after = await listing(root, location)
    for (const [path, content] of after) {
      check(before.get(path) === content, `a key escaped from the location: ${path} was written beside it`)
    }
    for (const path of before.keys()) {
      check(after.has(path), `a key escaped from the location: ${path} beside it was removed`)
    }
  }
}

async function listing(root: string, location: string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const entry of await readdir(root, { withFileTypes: true, recursive: true })) {
    const path = join(entry.parentPath, entry.name)
    if (path === location || path.startsWith(`${location}/`) || path.startsWith(`${location}\\`)) continue
    found.set(path.slice(root.length + 1), entry.isFile() ? await readFile(path, 'latin1') : 'a directory')
  }
  return found
}
