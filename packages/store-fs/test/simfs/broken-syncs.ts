import { type DirectorySyncs, noSyncs, openDirectory, syncDirectory } from '../../src/directory-syncs.ts'
import { closeQuietly, type Files, type OpenFile } from '../../src/files.ts'
import { runLater, type Steps, wait } from '../../src/steps.ts'

/** Makes a way to share syncs that breaks one of its promises. */
export type BrokenSyncs = (files: Files) => DirectorySyncs

export const omitted: BrokenSyncs = () => noSyncs

/** Whoever comes while a sync is under way takes its end for theirs. */
export const joinsOneThatHasBegun: BrokenSyncs = (files) => {
  const underWay = new Map<string, Promise<void>>()
  return {
    *change(directory, change) {
      const result = yield* change()
      let sync = underWay.get(directory)
      if (sync === undefined) {
        sync = runLater(syncOnce(files, directory)).finally(() => underWay.delete(directory))
        underWay.set(directory, sync)
      }
      yield* wait(sync)
      return result
    },
  }
}

/** A round is synced when the one before it is over, whoever is still changing the directory for it. */
export const waitsForNobody: BrokenSyncs = (files) => {
  const gathering = new Map<string, Promise<void>>()
  const last = new Map<string, Promise<void>>()
  return {
    *change(directory, change) {
      let round = gathering.get(directory)
      if (round === undefined) {
        const begin = () => {
          gathering.delete(directory)
          return runLater(syncOnce(files, directory))
        }
        round = (last.get(directory) ?? Promise.resolve()).then(begin, begin)
        gathering.set(directory, round)
        last.set(directory, round)
      }
      const result = yield* change()
      yield* wait(round)
      return result
    },
  }
}

export const answersBeforeTheSync: BrokenSyncs = (files) => ({
  *change(directory, change) {
    const result = yield* change()
    void runLater(syncOnce(files, directory)).catch(() => {})
    return result
  },
})

export const syncsBeforeTheChange: BrokenSyncs = (files) => ({
  *change(directory, change) {
    yield* syncOnce(files, directory)
    return yield* change()
  },
})

/** Who finds nothing to unlink does not wait for a sync. */
export const skipsWhatFoundNothing: BrokenSyncs = (files) => ({
  *change(directory, change) {
    const opened = yield* openDirectory(files, directory)
    try {
      const result = yield* change()
      if (result !== false) yield* syncDirectory(opened)
      return result
    } finally {
      yield* closeQuietly(opened)
    }
  },
})

/** A failed sync is told to nobody. */
export const failureIsKept: BrokenSyncs = (files) => ({
  *change(directory, change) {
    const opened = yield* openDirectory(files, directory)
    try {
      const result = yield* change()
      yield* quietly(syncDirectory(opened))
      return result
    } finally {
      yield* closeQuietly(opened)
    }
  },
})

/** A directory that cannot be opened after the change is told as if nothing had happened. */
export const opensAfterTheChange: BrokenSyncs = (files) => ({
  *change(directory, change) {
    const result = yield* change()
    yield* syncOnce(files, directory)
    return result
  },
})

/** Opened once, and never closed. */
export const directoriesKeptOpen: BrokenSyncs = (files) => {
  const kept = new Map<string, Promise<OpenFile>>()
  return {
    *change(directory, change) {
      let opened = kept.get(directory)
      if (opened === undefined) {
        opened = runLater(openDirectory(files, directory))
        kept.set(directory, opened)
      }
      const result = yield* change()
      yield* syncDirectory(yield* wait(opened))
      return result
    },
  }
}

/** In order: open, sync, close. */
function* syncOnce(files: Files, directory: string): Steps<void> {
  const opened = yield* openDirectory(files, directory)
  try {
    yield* syncDirectory(opened)
  } finally {
    yield* closeQuietly(opened)
  }
}

function* quietly(steps: Steps<void>): Steps<void> {
  try {
    yield* steps
  } catch {
    // The sabotage.
  }
}
