import {
  AsyncWriteThroughCache,
  adaptive,
  type BackingStore,
  bytes,
  type EvictionPolicy,
  fifo,
  json,
  lru,
  StoreError,
  s3Fifo,
  sieve,
  utf8,
  WriteThroughCache,
  wTinyLfu,
} from '../../src/index.ts'

/** What the program needs of a page, which the types of Node do not know. */
interface Page {
  readonly localStorage: {
    getItem(key: string): string | null
    setItem(key: string, value: string): void
    removeItem(key: string): void
  }
  readonly document: { body: { textContent: string } }
}

/** A user of the caches, in a page. What went wrong, or `fine`, becomes the page's text. */
const { localStorage, document } = globalThis as unknown as Page
const codec = json<{ visits: number }>()
const text = utf8()
const raw = bytes()

const store: BackingStore<string, { visits: number }> = {
  store: (key, value) => localStorage.setItem(key, text.decode(raw.encode(codec.encode(value)))),
  load(key) {
    const item = localStorage.getItem(key)
    return item === null ? undefined : codec.decode(raw.decode(text.encode(item)))
  },
  remove(key) {
    const existed = localStorage.getItem(key) !== null
    localStorage.removeItem(key)
    return existed
  },
}

function useSynchronous(policy: EvictionPolicy): void {
  const cache = new WriteThroughCache(store, { capacity: 2, policy })
  for (const visits of [1, 2, 3]) cache.put(`key-${visits}`, { visits })
  same(cache.size, 2, `size under ${policy.name}`)
  same(cache.get('key-1')?.visits, 1, `what was evicted under ${policy.name}`)
  cache.update('key-1', (old) => ({ visits: old!.visits + 1 }))
  cache.evictAll()
  same(cache.get('key-1')?.visits, 2, `what the store holds under ${policy.name}`)
  same(cache.invalidate('key-1'), true, `whether a key was there under ${policy.name}`)
  same(localStorage.getItem('key-1'), null, `what was removed under ${policy.name}`)
  let code: string | undefined
  try {
    cache.getOrThrow('key-1')
  } catch (error) {
    // The only thing that may be thrown here, looked at below.
    code = StoreError.is(error) ? error.code : String(error)
  }
  same(code, 'KEY_NOT_FOUND', 'the error for a key that is not there')
  cache.assertInvariants()
}

async function useAsynchronous(): Promise<void> {
  const cache = new AsyncWriteThroughCache(store, { capacity: 2 })
  await cache.put('counter', { visits: 0 })
  const visit = (old: { visits: number } | undefined) => ({ visits: old!.visits + 1 })
  await Promise.all([1, 2, 3].map(() => cache.update('counter', visit)))
  same((await cache.get('counter'))?.visits, 3, 'what three updates at once left')
  await cache.close()
}

function same(is: unknown, shouldBe: unknown, what: string): void {
  if (!Object.is(is, shouldBe)) throw new Error(`${what}: ${String(is)} instead of ${String(shouldBe)}`)
}

try {
  for (const policy of [fifo, lru, sieve, s3Fifo, wTinyLfu, adaptive]) useSynchronous(policy())
  await useAsynchronous()
  document.body.textContent = 'fine'
} catch (error) {
  // The test reads the page: it is told there what went wrong.
  document.body.textContent = String(error)
}
