import type { Change } from '@wt/core'
import { inWatched, type Saboteur } from './sabotage.ts'

type Listener = (change: Change<string>) => void

/** A store whose subscription is another: what the listener hears in place of what the right one would. */
const hears = (kills: string, fault: string, filtered: (listener: Listener) => Listener): Saboteur =>
  inWatched(kills, fault, (right) => ({ subscribe: (listener) => right.subscribe(filtered(listener)) }))

/** Lets no news of single keys through that are not wanted. */
const drops = (kills: string, fault: string, isDropped: (key: string) => boolean): Saboteur =>
  hears(kills, fault, (listener) => (change) => {
    const keys = change.type === 'keys' ? change.keys.filter((key) => !isDropped(key)) : []
    if (change.type !== 'keys') listener(change)
    else if (keys.length > 0) listener({ type: 'keys', keys })
  })

export const subscribe: readonly Saboteur[] = [
  hears('subscribe/comes-up', 'tells of a key by a word of its own', (listener) => (change) => {
    listener(change.type === 'keys' ? ({ type: 'key', key: change.keys[0] } as never) : change)
  }),
  hears('subscribe/comes-up', 'never says that it is up', (listener) => (change) => {
    if (change.type !== 'up') listener(change)
  }),
  drops('subscribe/tells-of-stores', 'tells nobody of the empty key', (key) => key === ''),
  drops('subscribe/tells-of-stores', 'takes a colon for the end of a prefix', (key) => key.includes(':')),
  inWatched('subscribe/tells-of-stores', 'tells of a key that was read here alone, and once', (right) => {
    const isTracked = new Set<string>()
    return {
      load(key) {
        isTracked.add(key)
        return right.load(key)
      },
      subscribe: (listener) =>
        right.subscribe((change) => {
          const keys = change.type === 'keys' ? change.keys.filter((key) => isTracked.delete(key)) : []
          if (change.type !== 'keys' || keys.length > 0)
            listener(change.type === 'keys' ? { type: 'keys', keys } : change)
        }),
    }
  }),
  inWatched('subscribe/tells-of-removes', 'tells nobody of what it removes', (_, place) => ({
    remove: (key) => place.store.remove(key),
  })),
  inWatched('subscribe/tells-of-batches', 'tells of the first key of a batch', (right, place) => ({
    async storeMany(entries) {
      const [first, ...others] = entries
      await place.store.storeMany!(others)
      if (first) await right.store(...first)
    },
  })),
  inWatched('subscribe/tells-of-conditional-writes', 'tells nobody of conditional writes', (_, place) => ({
    storeIf: (...parameters) => place.store.storeIf!(...parameters),
    removeIf: (...parameters) => place.store.removeIf!(...parameters),
  })),
  inWatched('subscribe/told-when-it-can-be-seen', 'tells of a change before it makes it', (right, place) => ({
    async store(key, value) {
      await right.load(key)
      for (const listener of place.listeners.values()) listener({ type: 'keys', keys: [key] })
      await place.store.store(key, value)
    },
  })),
  hears('subscribe/tells-of-many', 'keeps the last change of each turn', (listener) => {
    let last: Change<string> | undefined
    return (change) => {
      if (change.type !== 'keys') return listener(change)
      if (last === undefined) {
        setTimeout(() => {
          listener(last!)
          last = undefined
        }, 5)
      }
      last = change
    }
  }),
  inWatched('subscribe/both-are-told', 'has room for one listener', (right, place) => ({
    subscribe(listener) {
      place.listeners.clear()
      return right.subscribe(listener)
    },
  })),
  inWatched('subscribe/ends', 'goes on telling who has unsubscribed', (right) => {
    const heard: Listener[] = []
    return {
      async subscribe(listener) {
        heard.push(listener)
        await right.subscribe((change) => {
          for (const each of heard) each(change)
        })
        return () => {}
      },
    }
  }),
  inWatched('subscribe/close-ends-it', 'goes on telling when it is closed', (right, place) => ({
    async close() {
      const listeners = new Map(place.listeners)
      await right.close?.()
      for (const [owner, listener] of listeners) place.listeners.set(owner, listener)
    },
  })),
  inWatched('subscribe/caches-follow', 'now and then reads from a replica that is late', (right) => {
    const replica = new Map<string, unknown>()
    let reads = 0
    return {
      async load(key) {
        const value = await right.load(key)
        if (++reads % 3 === 0) return replica.get(key)
        setTimeout(() => replica.set(key, value), 30).unref()
        return value
      },
    }
  }),
]
