import { setTimeout } from 'node:timers/promises'
import type { Hazard, Observation } from './hazard.ts'
import type { Peer } from './peer.ts'
import { ScriptedStore } from './scripted-store.ts'

/** Tries one hazard on one peer in one of its forms, over a new store. Rejects when it does not end within `limitMs`. */
export async function tryHazard(
  hazard: Hazard,
  peer: Peer,
  { form, peersDirectory, limitMs }: { form: string; peersDirectory: string; limitMs: number },
): Promise<Observation> {
  const unhandled: unknown[] = []
  const note = (reason: unknown): void => {
    unhandled.push(reason)
  }
  const store = new ScriptedStore()
  const setting = { store, form, peersDirectory }
  // With a listener the process goes on, and can say what it saw.
  process.on('unhandledRejection', note)
  const ended = new AbortController()
  try {
    return await Promise.race([
      hazard.run({
        store,
        open: () => peer.open(setting),
        openPair: () => peer.openPair!(setting),
        workInBackground: () => peer.workInBackground!(setting),
        unhandled,
      }),
      hang(limitMs, ended.signal),
    ])
  } finally {
    ended.abort()
    process.off('unhandledRejection', note)
  }
}

async function hang(limitMs: number, signal: AbortSignal): Promise<never> {
  await setTimeout(limitMs, undefined, { signal })
  throw new Error(`it did not end within ${limitMs / 1000} s`)
}
