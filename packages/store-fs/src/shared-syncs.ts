import { type DirectorySyncs, openDirectory, syncDirectory } from './directory-syncs.ts'
import { closeQuietly, type Files, type OpenFile } from './files.ts'
import { runLater, type Steps, wait } from './steps.ts'

/**
 * One sync of a directory for all who changed it before the sync began: group commit, as databases share one sync of
 * their log among transactions. While a sync is under way, the changes after it gather; when it is over, they share
 * the next. A sync never counts for a change that was not finished when it began: POSIX promises nothing of it.
 *
 * At most two files are open per directory: the one that is being synced, and the next.
 */
export class SharedSyncs implements DirectorySyncs {
  readonly #files: Files
  /** By directory: the round that is open to newcomers. */
  readonly #gathering = new Map<string, Round>()
  /** By directory: settles when the last round that was begun is over. */
  readonly #last = new Map<string, Promise<void>>()

  constructor(files: Files) {
    this.#files = files
  }

  *change<T>(directory: string, change: () => Steps<T>): Steps<T> {
    const round = this.#join(directory)
    let changed = false
    let result: T
    try {
      yield* wait(round.opened)
      result = yield* change()
      changed = true
    } finally {
      round.leave(changed)
    }
    yield* wait(round.synced)
    return result
  }

  #join(directory: string): Round {
    let round = this.#gathering.get(directory)
    if (round === undefined) {
      const before = this.#last.get(directory) ?? Promise.resolve()
      round = new Round(
        this.#files,
        directory,
        before.then(() => this.#gathering.delete(directory)),
      )
      this.#gathering.set(directory, round)
      this.#follow(directory, round)
    }
    round.join()
    return round
  }

  #follow(directory: string, round: Round): void {
    // A sync that failed is told to those who share it; the next one is another.
    const over = round.synced.catch(() => {})
    this.#last.set(directory, over)
    void over.then(() => {
      if (this.#last.get(directory) === over) this.#last.delete(directory)
    })
  }
}

/** Those who share one sync. */
class Round {
  /** Before anything is changed, so that a failure to open is one that changed nothing. */
  readonly opened: Promise<OpenFile>
  /** Settles when what was changed lasts, or when that failed, for all. */
  readonly synced: Promise<void>
  #underWay = 0
  #changed = 0
  #allLeft: () => void = () => {}

  /** Takes newcomers until `sealed` settles. */
  constructor(files: Files, directory: string, sealed: Promise<unknown>) {
    this.opened = runLater(openDirectory(files, directory))
    this.synced = sealed.then(() => this.#finish())
  }

  join(): void {
    this.#underWay++
  }

  leave(changed: boolean): void {
    this.#underWay--
    if (changed) this.#changed++
    if (this.#underWay === 0) this.#allLeft()
  }

  /** Nobody joins any more: waits for those who are changing the directory, then syncs it for all. */
  async #finish(): Promise<void> {
    if (this.#underWay > 0) await new Promise<void>((resolve) => (this.#allLeft = resolve))
    await runLater(this.#sync())
  }

  *#sync(): Steps<void> {
    let opened: OpenFile
    try {
      opened = yield* wait(this.opened)
    } catch {
      // Told to each who joined, and nobody changed anything.
      return
    }
    try {
      if (this.#changed > 0) yield* syncDirectory(opened)
    } finally {
      yield* closeQuietly(opened)
    }
  }
}
