import { type AsyncBackingStore, type Awaitable, StoreError } from '@wt/core'

/** The calls that a library has, by our names. */
export interface PeerCalls {
  set(key: string, value: unknown): Awaitable<unknown>
  get(key: string): Awaitable<unknown>
  delete(key: string): Awaitable<unknown>
  keys?(): Iterable<string> | AsyncIterable<string> | Promise<Iterable<string>>
  close?(): Awaitable<unknown>
}

/**
 * A library as a store: its own calls, and what none of them can know of our contract, that a closed store answers `CLOSED`,
 * and whether a removed key existed. What it does to keys and values is its own.
 */
export function peerStore(peer: PeerCalls): AsyncBackingStore<string, unknown> {
  let closed = false
  const open = (): void => {
    if (closed) throw new StoreError('CLOSED', 'the store was closed')
  }
  return {
    async store(key, value) {
      open()
      if ((await peer.set(key, value)) === false) throw new Error('it answered false')
    },
    async load(key) {
      open()
      return (await peer.get(key)) ?? undefined
    },
    async remove(key) {
      open()
      const existed = ((await peer.get(key)) ?? undefined) !== undefined
      await peer.delete(key)
      return existed
    },
    ...(peer.keys && {
      async *keys() {
        open()
        for await (const key of await peer.keys!()) {
          open()
          yield key
        }
      },
    }),
    async close() {
      if (closed) return
      closed = true
      await peer.close?.()
    },
  }
}
