import { json } from '@wt/core'
import { InTurn } from './in-turn.js'

const pause = () => new Promise((resolve) => setTimeout(resolve, Math.random() * 2))
const codec = json()

/** A Map that takes its time, another for each call. */
class AsyncMap {
  #entries = new Map()
  #turns = new InTurn()

  async store(key, value) {
    if (value === undefined) throw new TypeError('undefined cannot be stored')
    const bytes = codec.encode(value)
    await this.#turns.run('store', key, async () => {
      await pause()
      this.#entries.set(key, bytes)
      await pause()
    })
  }

  async load(key) {
    const bytes = await this.#turns.run('load', key, async () => {
      await pause()
      return this.#entries.get(key)
    })
    return bytes && codec.decode(bytes)
  }

  remove(key) {
    return this.#turns.run('remove', key, async () => {
      await pause()
      return this.#entries.delete(key)
    })
  }

  async *keys() {
    this.#turns.assertOpen('keys')
    yield* [...this.#entries.keys()]
  }

  close() {
    return this.#turns.close(() => {})
  }
}

export default {
  name: 'an asynchronous Map',
  values: 'json',
  capabilities: { keys: true },
  open: () => new AsyncMap(),
}
