import { newVersion, type Versioned } from '../src/index.ts'
import { MapStore } from './fixtures.ts'

/** A store with versions, which others change through `elsewhere`, also while a call of the cache is on its way. */
export class VersionedStore extends MapStore<string, number> {
  readonly #versions = new Map<string, string>()
  /** Is called between the call of a `storeIf` or `removeIf` and its effect. */
  meanwhile: () => void = () => {}

  override store(key: string, value: number): void {
    super.store(key, value)
    this.#versions.delete(key)
  }

  override remove(key: string): boolean {
    this.#versions.delete(key)
    return super.remove(key)
  }

  loadVersioned(key: string): Versioned<number> | undefined {
    return this.act('loadVersioned', () => {
      const value = this.entries.get(key)
      return value === undefined ? undefined : { value, version: this.#versionOf(key)! }
    })
  }

  storeIf(key: string, value: number, expected: string | undefined, version: string): boolean {
    this.meanwhile()
    return this.act('storeIf', () => {
      if (this.#versionOf(key) !== expected) return false
      this.entries.set(key, value)
      this.#versions.set(key, version)
      return true
    })
  }

  removeIf(key: string, expected: string): boolean {
    this.meanwhile()
    return this.act('removeIf', () => {
      if (this.#versionOf(key) !== expected) return false
      this.#versions.delete(key)
      return this.entries.delete(key)
    })
  }

  elsewhere(key: string, value: number | undefined): void {
    if (value === undefined) this.entries.delete(key)
    else this.entries.set(key, value)
    this.#versions.delete(key)
  }

  #versionOf(key: string): string | undefined {
    if (!this.entries.has(key)) return undefined
    const version = this.#versions.get(key) ?? newVersion()
    this.#versions.set(key, version)
    return version
  }
}
