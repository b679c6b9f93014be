import { BulkStoreError } from '@wt/core'
import { checkSame } from './check.ts'
import type { StoreUnderTest } from './store-under-test.ts'

/** After a batch that failed with `error`, a key holds what the error says: the new value, the old one, or nobody knows. */
export async function checkOutcome(
  store: StoreUnderTest,
  error: unknown,
  key: string,
  before: unknown,
  after: unknown,
): Promise<void> {
  if (!BulkStoreError.is(error)) {
    checkSame(await store.load(key), before, `load of ${key} after a batch that failed as a whole`)
  } else if (error.written.includes(key)) {
    checkSame(await store.load(key), after, `load of ${key}, which the BulkStoreError has as written`)
  } else if (error.failures.get(key)?.applied === 'no') {
    checkSame(
      await store.load(key),
      before,
      `load of ${key}, which the BulkStoreError has as failed, applied 'no'`,
    )
  }
}
