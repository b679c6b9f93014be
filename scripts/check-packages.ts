/** Packs every public package and has publint and are-the-types-wrong judge the tarballs, as the registry would get them. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { packAll } from './lib/pack.ts'
import { run } from './lib/run.ts'
import { root } from './lib/workspace.ts'

const binaries = join(root, 'node_modules', '.bin')
const { directory, tarballs } = packAll()
try {
  for (const [name, tarball] of tarballs) {
    judge(name, 'publint', ['run', tarball, '--strict'])
    // The packages are ESM only, which `require` takes on the Node versions that they support.
    judge(name, 'attw', [tarball, '--profile', 'esm-only'])
  }
} finally {
  rmSync(directory, { recursive: true })
}

function judge(name: string, program: string, args: string[]): void {
  try {
    run(join(binaries, program), args, { cwd: root })
    console.log(`${name}: ${program} found nothing`)
  } catch (error) {
    // Reported, so that the other packages are judged too.
    console.error(`${name}: ${(error as Error).message}`)
    process.exitCode = 1
  }
}
