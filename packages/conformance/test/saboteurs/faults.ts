import type { BackingStore } from '@wt/core'
import { simulated } from '../fixtures/targets.ts'
import { FileStore, type Flaw } from '../simfs/file-store.ts'
import type { SimFs } from '../../src/simfs/index.ts'
import type { Saboteur } from './sabotage.ts'

export const faults: readonly Saboteur[] = [
  flawed('faults/full-disk', 'writes in place', 'overwrites a record in its place'),
  flawed('faults/short-writes', 'ignores short writes', 'takes a short write for a whole one'),
  flawed('faults/short-reads', 'ignores short reads', 'takes a short read for the end'),
  flawed('faults/failed-sync', 'retries a failed sync', 'syncs again after a sync that failed'),
  // A store that syncs has nothing to lose at close.
  flawed(
    'faults/failed-close',
    'ignores a failed close',
    'does not look whether a file could be closed',
    false,
  ),
  flawed(
    'faults/failed-rename',
    "says 'no' when the rename failed",
    "says 'no' of a rename that may be done",
  ),
  flawed('faults/no-descriptors', 'throws what the file system threw', 'throws what the file system threw'),
  flawed('faults/failed-remove', 'ignores a failed removal', 'takes a removal that failed for done'),
  flawed('faults/failed-read-is-no-miss', 'reads a failure as a miss', 'takes a failed read for a miss'),
  flawed(
    'faults/failed-listing',
    'lists nothing when it cannot',
    'lists nothing when it cannot read its directory',
  ),
  flawed('faults/cannot-open', 'leaks when it cannot open', 'leaves a file open when it cannot be opened'),
  flawed('faults/killed-anywhere', 'writes in place', 'truncates a record before it writes it'),
  flawed('faults/power-cut', 'no directory sync', 'does not sync the directory of its records'),
  flawed('faults/power-cut-without-order', 'no file sync', 'syncs its directory and not its files'),
  flawed('faults/every-fault', "says 'no' when the directory sync failed", "says 'no' of a sync that failed"),
]

function flawed(kills: string, flaw: Flaw, fault: string, synced: boolean = true): Saboteur {
  const { capabilities } = simulated
  return {
    kills,
    fault,
    target: {
      ...simulated,
      name: fault,
      capabilities: { ...capabilities, durability: synced ? 'power' : 'process' },
      open: (_, { fileSystem } = {}) =>
        new FileStore(fileSystem as SimFs, { flaw, synced }) as BackingStore<string, unknown>,
    },
  }
}
