import { join } from 'node:path'
import { type BackingStore, type Durability, utf8 } from '@wt/core'

export type StoreName = 'memory' | 'fs' | 'sqlite'
export const STORE_NAMES: readonly StoreName[] = ['memory', 'fs', 'sqlite']

/** What a store's acknowledged writes survive when nothing else is asked for. */
export const DEFAULT_DURABILITY: Readonly<Record<StoreName, Durability>> = {
  memory: 'none',
  fs: 'power',
  sqlite: 'power',
}

type Open = (durability: Durability) => BackingStore<string, string>

/** How one store is opened in a directory, again and again. Loads only the package of that store. */
export async function openStore(name: StoreName, directory: string): Promise<Open> {
  switch (name) {
    case 'memory': {
      const { InMemoryStore } = await import('@wt/store-memory')
      return () => new InMemoryStore<string, string>()
    }
    case 'fs': {
      const { FsStore } = await import('@wt/store-fs')
      return (durability) =>
        new FsStore({ path: join(directory, 'fs'), durability: atLeastProcess(durability), codec: utf8() })
    }
    case 'sqlite': {
      const { SqliteStore } = await import('@wt/store-sqlite')
      return (durability) =>
        new SqliteStore({
          path: join(directory, 'store.db'),
          durability: atLeastProcess(durability),
          codec: utf8(),
        })
    }
  }
}

function atLeastProcess(durability: Durability): 'process' | 'power' {
  return durability === 'power' ? 'power' : 'process'
}
