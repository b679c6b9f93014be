import { mkdirSync } from 'node:fs'
import type { ConcurrentContender } from '../measure/contender.ts'
import { CONCURRENT_STORES } from './concurrent-stores.ts'
import { type DatasetOptions, makeDataset } from './dataset.ts'
import { filledStore } from './filled-store.ts'
import { openStore } from './open-store.ts'

export interface WritersOptions extends DatasetOptions {
  /** One of `CONCURRENT_STORES`. */
  readonly name: string
  readonly directory: string
  readonly writers: number
}

/** Makes the store in this process, filled. The keys come in turn, so that no two writers have the same at once. */
export async function createContender(options: WritersOptions): Promise<ConcurrentContender> {
  const { name, directory, writers } = options
  mkdirSync(directory, { recursive: true })
  const entry = CONCURRENT_STORES.find((each) => each.name === name)!
  const { keys, entries, valueAt } = makeDataset(options)
  filledStore(await openStore(entry.store, directory), 'power', directory, entries()).close?.()
  const store = await entry.open(directory)
  return {
    callers: writers,
    operation: (index) => Promise.resolve(store.store(keys[index % keys.length]!, valueAt(index))),
    close: async () => store.close?.(),
  }
}
