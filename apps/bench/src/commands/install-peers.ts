import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A folder with a lock file of its own, outside the workspace: whoever does not compare with peers does not install them. */
const PEERS = fileURLToPath(new URL('../../peers', import.meta.url))

/** Where the peers are, installed with npm as their lock file says unless they are there. Tells so on standard error. */
export function installedPeers(): string {
  if (areInstalled()) return PEERS
  process.stderr.write('bench: installing the peers (once)\n')
  try {
    execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: PEERS,
      // npm's report would get into ours.
      stdio: ['ignore', 2, 2],
      // On Windows npm is a script, which only a shell can start.
      shell: process.platform === 'win32',
    })
  } catch (cause) {
    // npm has said on standard error what it could not do.
    throw new Error(
      'the peers could not be installed: `npm ci` in apps/bench/peers failed, it needs the registry',
      {
        cause,
      },
    )
  }
  return PEERS
}

/** Whether each package that the folder asks for is there, in the version that it asks for, if it is of the registry. */
function areInstalled(): boolean {
  const { dependencies } = manifestOf(PEERS) as { dependencies: Record<string, string> }
  return Object.entries(dependencies).every(([name, version]) => {
    const installed = manifestOf(join(PEERS, 'node_modules', name))?.version
    return version.startsWith('file:') ? installed !== undefined : installed === version
  })
}

/** What a package says of itself, or nothing when it is not there. */
function manifestOf(directory: string): { readonly version?: string } | undefined {
  try {
    return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
  } catch {
    // Not there, or cut off in the middle of an installation: to be installed, either way.
    return undefined
  }
}
