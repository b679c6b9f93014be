import type { PeerCache } from './peer.ts'
import type { ScriptedStore } from './scripted-store.ts'

/** What a library must have for a hazard to be able to happen in it. */
export type Feature =
  /** It keeps values of its own in front of the store. */
  | 'tier'
  /** Its writes and removes go on to the store. */
  | 'writes'
  /** It writes many keys in one call. */
  | 'batch'
  /** It does work that no caller waits for. */
  | 'background'
  /** It hears of what other instances write. */
  | 'bus'

/** A way in which a cache can go wrong, as something to try on any library. */
export interface Hazard {
  readonly id: string
  readonly title: string
  readonly needs: readonly Feature[]
  /** Provokes it. Throws when it could not be tried, which says nothing about the library. */
  run(scene: Scene): Promise<Observation>
}

/** What a hazard is tried on: a new store, and what opens a peer over it. */
export interface Scene {
  readonly store: ScriptedStore
  readonly open: () => Promise<PeerCache>
  /** Two of them, each of which hears what the other writes. */
  readonly openPair: () => Promise<readonly [PeerCache, PeerCache]>
  /** Starts work that will fail in the store while no caller waits for it; says what work. */
  readonly workInBackground: () => Promise<string>
  /** The reasons of rejections that nobody handled, so far. */
  readonly unhandled: readonly unknown[]
}

export interface Observation {
  readonly happened: boolean
  /** It happened in one documented call and not in another. */
  readonly avoidable?: boolean
  /** What was done and seen, in one sentence without its full stop. */
  readonly detail: string
}

export type Verdict = 'safe' | 'hazard' | 'not applicable' | 'error'
