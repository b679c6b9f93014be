import { utf8 } from '@wt/core'
import type { CrashTest, Step } from '@wt/conformance/simfs'
import { type AsyncFileSystem, AsyncFsStore } from '../../src/index.ts'

/** Opens an `AsyncFsStore` over SimFs, or over what `portOf` makes of it. */
export function opening(
  durability: 'power' | 'process' = 'power',
  portOf: (promises: AsyncFileSystem) => AsyncFileSystem = (promises) => promises,
): CrashTest<string>['open'] {
  return async ({ promises }) => {
    const store = new AsyncFsStore<string>({
      path: '/data/store',
      codec: utf8(),
      durability,
      fileSystem: portOf(promises),
    })
    // So that opening is a step of its own, as it is with FsStore.
    await store.loadMany([])
    return store
  }
}

/** The first three share a directory, the fourth has another to itself. */
export const KEYS: readonly string[] = ['h', 'y', 'Ö', 'a']

/** Calls at once for one key and for several, in one directory and in two. */
export const STEPS: readonly Step<string>[] = [
  { do: 'store', key: 'h', value: 'one' },
  {
    do: 'together',
    steps: [
      { do: 'store', key: 'h', value: 'two' },
      { do: 'store', key: 'y', value: `three ${'long '.repeat(300)}` },
      { do: 'store', key: 'h', value: 'four' },
      { do: 'store', key: 'Ö', value: 'five' },
      { do: 'store', key: 'a', value: 'six' },
    ],
  },
  {
    do: 'together',
    steps: [
      { do: 'remove', key: 'h' },
      { do: 'storeMany', entries: ['y', 'a'].map((key) => [key, `seven ${key}`] as const) },
      { do: 'remove', key: 'Ö' },
      { do: 'remove', key: 'Ö' },
    ],
  },
  { do: 'reopen' },
  {
    do: 'together',
    steps: [
      { do: 'removeMany', keys: ['y', 'Ö'] },
      { do: 'store', key: 'h', value: 'eight' },
    ],
  },
]
