import { json } from '@wt/core'
import Keyv from 'keyv'
import { InTurn } from './in-turn.js'

const codec = json()

/** keyv on its Map. It takes bytes for values as they are, so they are handed over as text. */
class KeyvStore {
  #keyv = new Keyv({ serialize: undefined, deserialize: undefined })
  #turns = new InTurn()

  async store(key, value) {
    if (value === undefined) throw new TypeError('undefined cannot be stored')
    const text = Buffer.from(codec.encode(value)).toString()
    // The empty key is none to keyv.
    await this.#turns.run('store', key, () => this.#keyv.set(`k${key}`, text))
  }

  async load(key) {
    const text = await this.#turns.run('load', key, () => this.#keyv.get(`k${key}`))
    return text === undefined ? undefined : codec.decode(Buffer.from(text))
  }

  remove(key) {
    return this.#turns.run('remove', key, () => this.#keyv.delete(`k${key}`))
  }

  close() {
    return this.#turns.close(() => this.#keyv.disconnect())
  }
}

export default {
  name: 'keyv',
  values: 'json',
  capabilities: {},
  open: () => new KeyvStore(),
}
