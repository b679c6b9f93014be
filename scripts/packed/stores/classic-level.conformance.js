import { json, StoreError } from '@wt/core'
import { ClassicLevel } from 'classic-level'
import { InTurn } from './in-turn.js'

const codec = json()

class LevelStore {
  #level
  #turns = new InTurn()

  static async open(location) {
    const store = new LevelStore()
    store.#level = new ClassicLevel(location, { keyEncoding: 'utf8', valueEncoding: 'view' })
    await store.#level.open()
    return store
  }

  async store(key, value) {
    if (value === undefined) throw new TypeError('undefined cannot be stored')
    const bytes = codec.encode(value)
    // The empty key is none to LevelDB.
    await this.#turns.run('store', key, () => this.#level.put(`k${key}`, bytes))
  }

  async load(key) {
    const bytes = await this.#turns.run('load', key, () => this.#level.get(`k${key}`))
    return bytes === undefined ? undefined : codec.decode(bytes)
  }

  remove(key) {
    return this.#turns.run('remove', key, async () => {
      const existed = await this.#level.has(`k${key}`)
      await this.#level.del(`k${key}`)
      return existed
    })
  }

  async storeMany(entries) {
    this.#turns.assertOpen('storeMany')
    const batch = new Map()
    for (const [key, value] of entries) {
      if (value === undefined) throw new TypeError('undefined cannot be stored')
      if (!key.isWellFormed()) throw new StoreError('INVALID_KEY', 'storeMany: a lone surrogate', { key })
      batch.set(key, codec.encode(value))
    }
    const write = () =>
      this.#level.batch([...batch].map(([key, value]) => ({ type: 'put', key: `k${key}`, value })))
    // In the turn of all its keys.
    const reached = []
    const done = Promise.withResolvers()
    const turns = [...batch.keys()].map((key) => {
      const turn = Promise.withResolvers()
      reached.push(turn.promise)
      return this.#turns.run('storeMany', key, () => {
        turn.resolve()
        return done.promise
      })
    })
    await Promise.all(reached)
    write().then(done.resolve, done.reject)
    await Promise.all(turns)
  }

  async *keys() {
    this.#turns.assertOpen('keys')
    // Read at once: an iterator of LevelDB is a handle that stays open between its steps.
    for (const key of await this.#level.keys().all()) yield key.slice(1)
  }

  close() {
    return this.#turns.close(() => this.#level.close())
  }
}

export default {
  name: 'classic-level',
  values: 'json',
  capabilities: { persistent: true, durability: 'process', batch: 'atomic', keys: true },
  open: (location) => LevelStore.open(location),
}
