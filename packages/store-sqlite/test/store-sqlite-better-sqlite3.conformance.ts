import { join } from 'node:path'
import { defineTarget, type Target } from '@wt/conformance'
import { bytes } from '@wt/core'
import Database from 'better-sqlite3'
import { SqliteStore } from '../src/index.ts'
import { capabilities } from './capabilities.ts'

/** The suite only knows the store, so closing that closes the database too. */
class ClosingStore extends SqliteStore<Uint8Array> {
  readonly #database: Database.Database

  constructor(path: string) {
    const database = new Database(path)
    super({ database, codec: bytes() })
    this.#database = database
  }

  override close(): void {
    super.close()
    this.#database.close()
  }
}

/** On a better-sqlite3 database, durable through a power cut, with values of bytes. */
const target: Target = defineTarget({
  name: 'SqliteStore on better-sqlite3',
  values: 'bytes',
  capabilities,
  open: (location) => new ClosingStore(join(location, 'store.db')),
  module: import.meta.url,
})

export default target
