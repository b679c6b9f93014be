import nodePromises from 'node:fs/promises'
import type { AsyncFile, AsyncFileSystem } from '../src/index.ts'

export type AsyncCall = 'open' | 'read' | 'write' | 'sync' | 'close' | 'rename' | 'unlink' | 'readdir'

/** The real file system, recorded. A call waits for what `before` answers, and fails when that fails. */
export class WatchedFileSystem implements AsyncFileSystem {
  readonly calls: { readonly call: AsyncCall; readonly path: string }[] = []
  before: (call: AsyncCall, path: string) => Promise<void> | void = () => {}
  /** False: a sync returns at once, where a test is about something else. */
  syncs = true
  openNow = 0
  openAtMost = 0

  /** How many calls of `call` had a path that `path` matches. */
  count(call: AsyncCall, path: RegExp): number {
    return this.calls.filter((made) => made.call === call && path.test(made.path)).length
  }

  async open(path: string, flags: number, mode?: number): Promise<AsyncFile> {
    await this.#enter('open', path)
    const file = await nodePromises.open(path, flags, mode)
    this.openAtMost = Math.max(this.openAtMost, ++this.openNow)
    return {
      read: async (...read) => {
        await this.#enter('read', path)
        return await file.read(...read)
      },
      write: async (...write) => {
        await this.#enter('write', path)
        return await file.write(...write)
      },
      sync: async () => {
        await this.#enter('sync', path)
        if (this.syncs) await file.sync()
      },
      stat: () => file.stat(),
      close: async () => {
        await file.close()
        this.openNow--
        await this.#enter('close', path)
      },
    }
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#enter('rename', to)
    await nodePromises.rename(from, to)
  }

  async unlink(path: string): Promise<void> {
    await this.#enter('unlink', path)
    await nodePromises.unlink(path)
  }

  async readdir(path: string): Promise<string[]> {
    await this.#enter('readdir', path)
    return await nodePromises.readdir(path)
  }

  lstat: AsyncFileSystem['lstat'] = (path) => nodePromises.lstat(path)
  mkdir: AsyncFileSystem['mkdir'] = (path, options) => nodePromises.mkdir(path, options)

  async #enter(call: AsyncCall, path: string): Promise<void> {
    this.calls.push({ call, path })
    await this.before(call, path)
  }
}
