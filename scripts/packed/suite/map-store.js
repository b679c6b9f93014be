import { json, StoreError } from '@wt/core'

/** A store as somebody would write it from the contract: a `Map` for each location. */
const locations = new Map()
const codec = json()

export class MapStore {
  durability = 'none'
  #closed = false
  #entries

  constructor(location) {
    this.#entries = locations.get(location) ?? new Map()
    locations.set(location, this.#entries)
  }

  store(key, value) {
    this.#open(`store of ${key}`)
    if (value === undefined) throw new TypeError('undefined cannot be stored')
    this.#entries.set(key, codec.encode(value))
  }

  load(key) {
    this.#open(`load of ${key}`)
    const bytes = this.#entries.get(key)
    return bytes && codec.decode(bytes)
  }

  remove(key) {
    this.#open(`remove of ${key}`)
    return this.#entries.delete(key)
  }

  keys() {
    this.#open('keys')
    return [...this.#entries.keys()]
  }

  close() {
    this.#closed = true
  }

  #open(what) {
    if (this.#closed) throw new StoreError('CLOSED', `${what}: the store was closed`)
  }
}
