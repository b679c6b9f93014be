import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** Compiles, opens, and refuses every call by the name of the method that is still to be written. */
const STORE = `import { type BackingStore, json, StoreError } from '@wt/core'

/** A backing store to begin with. The contract of each method stands at \`BackingStore\` in @wt/core. */
export class MyStore<V> implements BackingStore<string, V> {
  readonly location: string
  readonly codec = json<V>()
  #isClosed = false

  constructor(location: string) {
    this.location = location
  }

  store(key: string, value: V): void {
    this.#assertOpen('store')
    if (value === undefined) throw new TypeError('undefined cannot be stored; use remove')
    // To do: keep this.codec.encode(value) under key.
    throw new StoreError('WRITE_FAILURE', 'store is not written yet', { key, applied: 'no' })
  }

  load(key: string): V | undefined {
    this.#assertOpen('load')
    // To do: what is kept under key, through this.codec.decode(bytes); undefined when there is nothing.
    throw new StoreError('READ_FAILURE', 'load is not written yet', { key })
  }

  remove(key: string): boolean {
    this.#assertOpen('remove')
    // To do: drop what is kept under key; whether there was anything.
    throw new StoreError('WRITE_FAILURE', 'remove is not written yet', { key, applied: 'no' })
  }

  close(): void {
    this.#isClosed = true
  }

  #assertOpen(operation: string): void {
    if (this.#isClosed) throw new StoreError('CLOSED', \`\${operation}: this store was closed; open another\`)
  }
}
`

const TARGET = `import { defineTarget, type Target } from '@wt/conformance'
import { MyStore } from './my-store.ts'

const target: Target = defineTarget({
  name: 'MyStore',
  // What it holds: 'json', 'structured', 'bytes' or 'utf8'.
  values: 'json',
  // What it claims; what is not claimed is skipped. Add persistent, durability, batch, keys... as you come to them.
  capabilities: { sync: true },
  // location is a directory of the case's own: the same location, opened again, is the same store.
  open: (location) => new MyStore(location),
})

export default target
`

const FILES = { 'my-store.ts': STORE, 'my-store.conformance.ts': TARGET }

/** Writes a store to begin with and its target; what to do next. Overwrites nothing. */
export async function initialize(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true })
  for (const [name, text] of Object.entries(FILES)) {
    const path = join(directory, name)
    try {
      await writeFile(path, text, { flag: 'wx' })
    } catch (cause) {
      // There already, or not to be written: said in one line.
      const isThere = (cause as { code?: unknown }).code === 'EEXIST'
      throw new Error(
        `init: ${isThere ? `${path} exists already` : `${path}: ${(cause as Error).message}`}`,
        { cause },
      )
    }
  }
  const target = join(directory, 'my-store.conformance.ts')
  const argument = /^[./]/.test(target) ? target : `./${target}`
  return `wrote ${Object.keys(FILES)
    .map((name) => join(directory, name))
    .join(' and ')}\nnext: wt-conformance ${argument} --topic contract\n`
}
