import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root. */
export const root: string = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

export interface Manifest {
  readonly name: string
  readonly private?: boolean
  readonly packageManager?: string
  readonly exports?: unknown
  readonly bin?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

export interface WorkspacePackage {
  /** `packages` or `apps`. */
  readonly group: string
  readonly directory: string
  readonly manifest: Manifest
}

/** Every package of the workspace below `base`, in the order of their names. */
export function workspacePackages(base: string = root): WorkspacePackage[] {
  const found: WorkspacePackage[] = []
  for (const group of ['packages', 'apps']) {
    if (!existsSync(join(base, group))) continue
    for (const name of readdirSync(join(base, group)).sort()) {
      const directory = join(base, group, name)
      if (!existsSync(join(directory, 'package.json'))) continue
      found.push({ group, directory, manifest: readManifest(directory) })
    }
  }
  return found
}

export function readManifest(directory: string): Manifest {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as Manifest
}
