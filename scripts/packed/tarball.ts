import { tmpdir } from 'node:os'
import { run } from '../lib/run.ts'
import type { Manifest } from '../lib/workspace.ts'

/** What is wrong with a tarball that is about to be published: a missing file, a source, a promise to a file it lacks. */
export function wrongInTarball(tarball: string): string[] {
  const files = run('tar', ['-tzf', tarball], { cwd: tmpdir() })
    .trim()
    .split('\n')
    .map((file) => file.replace(/^package\//, ''))
  const text = readFromTarball(tarball, 'package.json')
  const manifest = JSON.parse(text) as Manifest
  return [
    ...['README.md', 'LICENSE', 'package.json', 'dist/index.js', 'dist/index.d.ts']
      .filter((file) => !files.includes(file))
      .map((file) => `it lacks ${file}`),
    ...files
      .filter((file) => !/^(dist\/.+\.(js|d\.ts)|README\.md|CHANGELOG\.md|LICENSE|package\.json)$/.test(file))
      .map((file) => `it holds ${file}, which nobody needs`),
    ...['@wt/source', 'workspace:', 'catalog:', './src/']
      .filter((word) => text.includes(word))
      .map((word) => `its package.json says ${word}`),
    ...targetsOf([manifest.exports, manifest.bin])
      .filter((target) => !files.includes(target.replace(/^\.\//, '')))
      .map((target) => `its package.json names ${target}, which it does not hold`),
    ...Object.values(manifest.bin ?? {})
      .filter((file) => !readFromTarball(tarball, file.replace(/^\.\//, '')).startsWith('#!'))
      .map((file) => `its program ${file} begins with no #!`),
  ]
}

function readFromTarball(tarball: string, file: string): string {
  return run('tar', ['-xzOf', tarball, `package/${file}`], { cwd: tmpdir() })
}

/** Every path in a manifest's `exports` or `bin`, whatever the nesting. */
function targetsOf(node: unknown): string[] {
  if (typeof node === 'string') return [node]
  return typeof node === 'object' && node !== null ? Object.values(node).flatMap(targetsOf) : []
}
