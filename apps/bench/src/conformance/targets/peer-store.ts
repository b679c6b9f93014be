import { type AsyncBackingStore, type Awaitable, StoreError } from '@wt/core'
import { KeyTurns } from '@wt/core/node'

/** The calls that a library has, by our names. */
export interface PeerCalls {
  set(key: string, value: unknown): Awaitable<unknown>
  /** `undefined` for absence. */
  get(key: string): Awaitable<unknown>
  delete(key: string): Awaitable<unknown>
  keys?(): Iterable<string> | AsyncIterable<string> | Promise<Iterable<string>>
  close?(): Awaitable<unknown>
}

/**
 * A library as a store: its own calls, and what it cannot know of our contract: that calls for one key go in turn, that a
 * closed store answers `CLOSED`, and whether a removed key existed. What it does to keys and values is its own.
 */
export function peerStore(peer: PeerCalls): AsyncBackingStore<string, unknown> {
  let closed = false
  const turns = new KeyTurns()
  const checkOpen = (): void => {
    if (closed) throw new StoreError('CLOSED', 'the store was closed')
  }
  async function inTurn<T>(key: string, call: () => Promise<T>): Promise<T> {
    checkOpen()
    return await turns.run(key, call)
  }
  return {
    store: (key, value) =>
      inTurn(key, async () => {
        if ((await peer.set(key, value)) === false) throw new Error('it answered false')
      }),
    load: (key) => inTurn(key, async () => await peer.get(key)),
    remove: (key) =>
      inTurn(key, async () => {
        const existed = (await peer.get(key)) !== undefined
        await peer.delete(key)
        return existed
      }),
    ...(peer.keys && {
      async *keys() {
        checkOpen()
        for await (const key of await peer.keys!()) {
          checkOpen()
          yield key
        }
      },
    }),
    async close() {
      if (closed) return
      closed = true
      await turns.drained()
      await peer.close?.()
    },
  }
}
