import type { RedisStoreOptions } from '../../src/index.ts'
import type { History } from './history.ts'

/** With what a subject begins. */
export interface Beginning {
  readonly seed: number
  readonly prefix: string
  readonly keys: readonly string[]
  /** How many processes use it. */
  readonly processes: number
}

/** The server, or the servers, that the processes of a run use, what befalls them, and what they did. */
export interface Subject {
  /** How the process of that number gets there. */
  addressFor(number: number): Pick<RedisStoreOptions<number>, 'url' | 'cluster'>
  /** Does what is to be done to it, until it is over and all is well again; how often each fault struck. */
  disturb(isOver: () => boolean): Promise<ReadonlyMap<string, number>>
  /** From now on nothing expires: what is stored under each key. */
  settle(): Promise<readonly (Buffer | null)[]>
  /** Connections that are still there after so long, and nobody uses. */
  leftovers(struck: ReadonlyMap<string, number>, withinMs: number): Promise<string[]>
  /** What it did. */
  history(): Omit<History, 'processes'>
  stop(): Promise<void>
}
