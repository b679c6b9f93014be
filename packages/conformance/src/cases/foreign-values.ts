import { BulkStoreError, StoreError } from '@wt/core'
import type { Context } from '../case.ts'
import { check, checkSame, isTypeError } from '../check.ts'
import { display } from '../history.ts'
import type { StoreUnderTest } from '../store-under-test.ts'

/** Writes values that the store cannot hold over one that it holds: each is refused, or given back exactly. */
export async function checkForeign(
  { open, values }: Context,
  method: string,
  write: (store: StoreUnderTest, key: string, value: unknown) => Promise<unknown>,
): Promise<void> {
  const store = await open()
  for (const { name, value } of values.foreign()) {
    await store.store('key', values.numbered(1))
    try {
      await write(store, 'key', value)
    } catch (error) {
      // Refused, which is right if it says so and did nothing.
      check(
        isRefusal(BulkStoreError.is(error) ? error.failures.get('key') : error),
        `${method} of ${name}: INVALID_VALUE with applied 'no' is owed, got ${display(error)}`,
      )
      checkSame(await store.load('key'), values.numbered(1), `load after ${name} was refused`)
      continue
    }
    checkSame(await store.load('key'), value, `load of ${name}, which ${method} took`)
  }
}

function isRefusal(error: unknown): boolean {
  return StoreError.is(error) ? error.code === 'INVALID_VALUE' && error.applied === 'no' : isTypeError(error)
}
