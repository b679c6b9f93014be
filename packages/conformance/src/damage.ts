import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** The files below a directory, by path. */
export type Files = Map<string, Buffer>

export async function readFiles(directory: string): Promise<Files> {
  const files: Files = new Map()
  const entries = await readdir(directory, { withFileTypes: true, recursive: true })
  for (const entry of entries) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    files.set(path, await readFile(path))
  }
  // In an order that does not depend on the file system, so that a seed finds the same byte again.
  return new Map([...files].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Makes the directory hold these files and no others. */
export async function writeFiles(directory: string, files: Files): Promise<void> {
  await rm(directory, { recursive: true, force: true })
  // Not its parents: when they are gone, so is the case that this is for.
  await mkdir(directory)
  for (const [path, content] of files) {
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
  }
}

/** The files with every occurrence of a text put through `change`; `undefined` when no file holds it as it is. */
export function damageText(
  files: Files,
  text: string,
  change: (content: Buffer, offset: number) => Buffer,
): Files | undefined {
  const damaged: Files = new Map()
  let isFound = false
  for (const [path, content] of files) {
    let changed: Buffer = Buffer.from(content)
    for (
      let offset = content.indexOf(text);
      offset !== -1;
      offset = content.indexOf(text, offset + text.length)
    ) {
      isFound = true
      changed = change(changed, offset)
    }
    damaged.set(path, changed)
  }
  return isFound ? damaged : undefined
}

/** Turns one bit over. */
export function flip(content: Buffer, offset: number, bit = 0): Buffer {
  content[offset]! ^= 1 << bit
  return content
}
