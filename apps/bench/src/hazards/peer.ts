import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Feature } from './hazard.ts'
import type { ScriptedStore } from './scripted-store.ts'

/** A library, used as its documentation says to put it in front of a store. */
export interface Peer {
  readonly name: string
  /** Its file, whose export `peer` this is: each trial imports it in a process of its own. */
  readonly module: string
  readonly version: (peersDirectory: string) => string
  /** The documented ways to set it up in which hazards are tried; the first is how it comes. */
  readonly forms: readonly string[]
  /** What it does not have at all, and why. */
  readonly lacks: Partial<Record<Feature, string>>
  open(setting: Setting): Promise<PeerCache>
  /** Two instances over one store, each of which hears what the other writes. */
  openPair?(setting: Setting): Promise<readonly [PeerCache, PeerCache]>
  /** Starts work that will fail in the store while no caller waits for it; says what work. */
  workInBackground?(setting: Setting): Promise<string>
}

export interface Setting {
  readonly store: ScriptedStore
  /** One of the peer's `forms`. */
  readonly form: string
  readonly peersDirectory: string
}

/** What the libraries have in common. What is absent is `undefined`, whatever the library calls it. */
export interface PeerCache {
  get(key: string): Promise<unknown>
  /** The documented way to change a value. Where the library tells of failure by `false`, it answers `false`. */
  set(key: string, value: unknown): Promise<unknown>
  /** Likewise for removing it. */
  delete(key: string): Promise<unknown>
  setMany?(entries: ReadonlyMap<string, unknown>): Promise<unknown>
  /** Further ways to read through it, by their names. */
  readonly otherReads?: Readonly<Record<string, (key: string) => Promise<unknown>>>
}

/** Thrown by loaders for a key that the store does not have. */
export class Absent extends Error {}

/** What `read` answers; `undefined` where it failed because the key is absent. */
export async function orAbsent(read: Promise<unknown>): Promise<unknown> {
  try {
    return await read
  } catch (error) {
    // A library may wrap what its loader threw.
    if (error instanceof Absent || (error as Error).cause instanceof Absent) return undefined
    throw error
  }
}

/** A package of those installed in `peersDirectory`. The caller says what it looks like: no types are installed. */
export async function importPeer<T>(peersDirectory: string, specifier: string): Promise<T> {
  const { load } = (await import(pathToFileURL(join(peersDirectory, 'load.js')).href)) as {
    load: (specifier: string) => Promise<T>
  }
  return await load(specifier)
}

/** The version of a package, as it is installed. */
export function versionOf(name: string): Peer['version'] {
  return (peersDirectory) => {
    const manifest = readFileSync(join(peersDirectory, 'node_modules', name, 'package.json'), 'utf8')
    return (JSON.parse(manifest) as { version: string }).version
  }
}
