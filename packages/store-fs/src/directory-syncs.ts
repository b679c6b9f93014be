import { READ_DIRECTORY } from './file-system.ts'
import { closeQuietly, type Files, type OpenFile } from './files.ts'
import { type Steps, wait } from './steps.ts'
import { UncertainWrite } from './translate-error.ts'

/** How renames and unlinks are made to last: by a sync of the directory that they changed. */
export interface DirectorySyncs {
  /**
   * Takes the steps of `change`, which renames or unlinks in `directory`. When it returns, that lasts; what an earlier
   * try did there does too, so that a `change` which finds nothing left to do is synced like any other.
   *
   * Throws what opening the directory throws, before anything is changed; what `change` throws; and `UncertainWrite`
   * when the sync fails.
   */
  change<T>(directory: string, change: () => Steps<T>): Steps<T>
}

/** For `'process'`; and on Windows, which has no way to sync a directory. */
export const noSyncs: DirectorySyncs = {
  *change(_directory, change) {
    return yield* change()
  },
}

/** One sync for each change. */
export function ownSyncs(files: Files): DirectorySyncs {
  return {
    *change(directory, change) {
      const opened = yield* openDirectory(files, directory)
      try {
        const result = yield* change()
        yield* syncDirectory(opened)
        return result
      } finally {
        yield* closeQuietly(opened)
      }
    },
  }
}

/** Before what is to last, so that a failure to open it is one that changed nothing. */
export function* openDirectory(files: Files, directory: string): Steps<OpenFile> {
  return yield* wait(files.open(directory, READ_DIRECTORY))
}

/** Makes all renames and unlinks that returned before it was called last. */
export function* syncDirectory(opened: OpenFile): Steps<void> {
  try {
    yield* wait(opened.sync())
  } catch (cause) {
    throw new UncertainWrite(cause)
  }
}
