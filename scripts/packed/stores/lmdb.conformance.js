import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { json } from '@wt/core'
import { open } from 'lmdb'
import { InTurn } from './in-turn.js'

const codec = json()
// LMDB takes keys of up to 1,978 bytes.
const nameOf = (key) => createHash('sha256').update(key).digest('hex')

class LmdbStore {
  #database
  #turns = new InTurn()

  constructor(location) {
    this.#database = open({ path: join(location, 'data.mdb'), encoding: 'binary' })
  }

  async store(key, value) {
    if (value === undefined) throw new TypeError('undefined cannot be stored')
    const bytes = Buffer.from(codec.encode(value))
    await this.#turns.run('store', key, () => this.#database.put(nameOf(key), bytes))
  }

  async load(key) {
    const bytes = await this.#turns.run('load', key, () => this.#database.get(nameOf(key)))
    return bytes === undefined ? undefined : codec.decode(bytes)
  }

  remove(key) {
    return this.#turns.run('remove', key, async () => {
      const existed = this.#database.doesExist(nameOf(key))
      await this.#database.remove(nameOf(key))
      return existed
    })
  }

  close() {
    return this.#turns.close(() => this.#database.close())
  }
}

export default {
  name: 'lmdb',
  values: 'json',
  capabilities: { persistent: true, durability: 'process' },
  open: (location) => new LmdbStore(location),
}
