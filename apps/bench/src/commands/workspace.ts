import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { InvalidArgumentError } from 'commander'
import { endAllContenders } from '../measure/contender-process.ts'

/** A command that was ended by a signal exits with 128 and the number of the signal. */
const SIGNALS = { SIGINT: 130, SIGTERM: 143 } as const

/**
 * Runs `work` with a directory of its own, inside `parent`. Whatever happens, a Ctrl-C included, the processes that
 * measure are ended before the directory is removed.
 */
export async function withWorkspace<T>(
  parent: string | undefined,
  work: (directory: string) => Promise<T>,
): Promise<T> {
  const directory = makeDirectory(parent ?? tmpdir())
  // Dozens of processes compile the same files: all but the first find them compiled, here.
  process.env.NODE_COMPILE_CACHE ??= join(directory, 'compile-cache')
  const clean = async (): Promise<void> => {
    await endAllContenders()
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  }
  const interrupted = (signal: keyof typeof SIGNALS): void => {
    void clean().finally(() => process.exit(SIGNALS[signal]))
  }
  process.once('SIGINT', interrupted)
  process.once('SIGTERM', interrupted)
  try {
    return await work(directory)
  } finally {
    await clean()
    process.off('SIGINT', interrupted)
    process.off('SIGTERM', interrupted)
  }
}

function makeDirectory(parent: string): string {
  try {
    return mkdtempSync(join(parent, 'wt-bench-'))
  } catch (cause) {
    // Not there, no directory, no permission: an argument to correct, in one line.
    throw new InvalidArgumentError(
      `--dir: no directory can be made in ${parent}: ${(cause as Error).message}`,
    )
  }
}
