import { constants } from 'node:fs'
import { type AsyncBackingStore, StoreError } from '@wt/core'
import type { SimFs, SimFsHandle } from '../../src/simfs/index.ts'

/** One promise, broken on purpose. */
export type AsyncFlaw =
  | 'joins a sync that has begun'
  | 'answers before the sync'
  | 'lets writes of a key overtake each other'
  | 'shares a temporary file'

/** A small correct store that answers later: writes of one key in their order, one directory sync for many. */
export class AsyncFileStore implements AsyncBackingStore<string, string> {
  readonly #files: SimFs['promises']
  readonly #flaw: AsyncFlaw | undefined
  readonly #turns = new Map<string, Promise<unknown>>()
  #temps = 0
  #syncing: Promise<void> | undefined
  #nextSync: Promise<void> | undefined

  private constructor(files: SimFs['promises'], flaw: AsyncFlaw | undefined) {
    this.#files = files
    this.#flaw = flaw
  }

  static async open({ promises }: SimFs, flaw?: AsyncFlaw): Promise<AsyncFileStore> {
    const store = new AsyncFileStore(promises, flaw)
    await attempt('open', 'no', async () => {
      await promises.mkdir(DIRECTORY, { recursive: true })
      await store.#sync('/')
      for (const name of await promises.readdir(DIRECTORY)) {
        if (name.startsWith('temp')) await promises.unlink(`${DIRECTORY}/${name}`)
      }
    })
    return store
  }

  store(key: string, value: string): Promise<void> {
    return this.#inTurn(key, async () => {
      const temp = `${DIRECTORY}/temp${this.#flaw === 'shares a temporary file' ? '' : this.#temps++}`
      await attempt('store', 'no', () => this.#write(temp, value))
      await attempt('store', 'unknown', async () => {
        await this.#files.rename(temp, fileOf(key))
        await this.#makeLast()
      })
    })
  }

  load(key: string): Promise<string | undefined> {
    return attempt('load', 'no', async () => {
      const names = await this.#files.readdir(DIRECTORY)
      if (!names.includes(nameOf(key))) return undefined
      return await this.#withFile(fileOf(key), constants.O_RDONLY, async (file) => {
        const bytes = Buffer.alloc(10_000)
        let length = 0
        for (;;) {
          const { bytesRead } = await file.read(bytes, length)
          if (bytesRead === 0) return JSON.parse(bytes.toString('utf8', 0, length))
          length += bytesRead
        }
      })
    })
  }

  remove(key: string): Promise<boolean> {
    return this.#inTurn(key, () =>
      attempt('remove', 'unknown', async () => {
        const existed = (await this.#files.readdir(DIRECTORY)).includes(nameOf(key))
        if (existed) await this.#files.unlink(fileOf(key))
        await this.#makeLast()
        return existed
      }),
    )
  }

  /** Runs `write` once those of the same key that were asked for before are over. */
  #inTurn<T>(key: string, write: () => Promise<T>): Promise<T> {
    if (this.#flaw === 'lets writes of a key overtake each other') return write()
    const before = this.#turns.get(key) ?? Promise.resolve()
    // Whether the one before failed is told to its own caller.
    const turn = before.then(write, write)
    this.#turns.set(key, turn)
    return turn
  }

  /** Waits for a sync of the directory that begins now or later. */
  async #makeLast(): Promise<void> {
    if (this.#flaw === 'answers before the sync') return
    if (this.#flaw === 'joins a sync that has begun' && this.#syncing !== undefined)
      return await this.#syncing
    const begin = () => {
      this.#nextSync = undefined
      const syncing = this.#sync(DIRECTORY).finally(() => {
        if (this.#syncing === syncing) this.#syncing = undefined
      })
      this.#syncing = syncing
      return syncing
    }
    // Whether the one under way fails is no matter for those who wait for the next.
    this.#nextSync ??= (this.#syncing ?? Promise.resolve()).then(begin, begin)
    await this.#nextSync
  }

  async #write(path: string, value: string): Promise<void> {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC
    await this.#withFile(path, flags, async (file) => {
      let bytes = Buffer.from(JSON.stringify(value))
      while (bytes.length > 0) bytes = bytes.subarray((await file.write(bytes)).bytesWritten)
      await file.sync()
    })
  }

  async #sync(directory: string): Promise<void> {
    const flags = constants.O_RDONLY | constants.O_DIRECTORY
    await this.#withFile(directory, flags, (file) => file.sync())
  }

  async #withFile<T>(path: string, flags: number, use: (file: SimFsHandle) => Promise<T>): Promise<T> {
    const file = await this.#files.open(path, flags)
    try {
      return await use(file)
    } finally {
      await file.close()
    }
  }
}

const DIRECTORY = '/store'

function nameOf(key: string): string {
  return `${encodeURIComponent(key)}.json`
}

function fileOf(key: string): string {
  return `${DIRECTORY}/${nameOf(key)}`
}

async function attempt<T>(operation: string, applied: 'no' | 'unknown', call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (cause) {
    // The errors of the file system become the store's.
    throw StoreError.is(cause)
      ? cause
      : new StoreError('WRITE_FAILURE', `${operation} failed: ${cause}`, { cause, applied })
  }
}
