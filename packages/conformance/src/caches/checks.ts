import { StoreError, type StoreErrorCode } from '@wt/core'
import { checkSame } from '../check.ts'
import { BrokenPromise } from '../outcomes.ts'
import type { CacheUnderTest } from './cache-under-test.ts'

/** Much longer than any of these calls takes; a cache that lets them wait for each other never answers. */
const SOON_MS = 5000

/** The cache answers the value, and so does the store behind it. */
export async function checkBoth(
  cache: CacheUnderTest,
  key: string,
  value: unknown,
  when: string,
): Promise<void> {
  checkSame(await cache.get(key), value, `get ${when}`)
  checkSame(await cache.store.load(key), value, `load from the store ${when}`)
}

/** What a medium answers that failed. */
export function failure(
  applied: 'no' | 'unknown',
  key: string,
  code: StoreErrorCode = 'WRITE_FAILURE',
): StoreError {
  return new StoreError(code, `made to fail by the suite, applied '${applied}'`, { key, applied })
}

/** What `answer` is settled with, unless it waits for a call that the case holds. */
export async function soon<T>(answer: PromiseLike<T>, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new BrokenPromise(`${what}: no answer within ${SOON_MS} ms`)), SOON_MS)
  })
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}
