import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from './run.ts'
import { readManifest, root, workspacePackages } from './workspace.ts'

/** Builds and packs every public package; where each one's tarball is. The directory is the caller's to remove. */
export function packAll(): { directory: string; tarballs: Map<string, string> } {
  const directory = mkdtempSync(join(tmpdir(), 'wt-packed-'))
  const pnpm = readManifest(root).packageManager
  if (pnpm === undefined) throw new Error('the root package.json names no packageManager')
  run('npx', ['-y', pnpm, 'build'], { cwd: root })
  run('npx', ['-y', pnpm, '-r', '--filter', './packages/*', 'pack', '--pack-destination', directory], {
    cwd: root,
  })

  const tarballs = new Map<string, string>()
  for (const { manifest } of workspacePackages()) {
    if (manifest.private) continue
    const prefix = `${manifest.name.replace('@', '').replace('/', '-')}-`
    const file = readdirSync(directory).find((name) => name.startsWith(prefix) && /-\d[^-]*\.tgz$/.test(name))
    if (file === undefined) throw new Error(`${manifest.name} was not packed`)
    tarballs.set(manifest.name, join(directory, file))
  }
  return { directory, tarballs }
}
