import type { Case, Context } from '../case.ts'
import { checkStruck, type Struck } from '../faults/call-struck.ts'
import type { FaultCode, Fault } from '../simfs/faults.ts'
import type { SimFsCall } from '../simfs/operation.ts'
import { defineTopic } from '../topic.ts'
import { explorationCases } from './faults-explored.ts'
import { readFaultCases } from './faults-of-reads.ts'

const needs = ['fileSystem'] as const

export const faults: readonly Case[] = defineTopic('faults', [
  {
    id: 'full-disk',
    title: 'a store for which the disk has no room is told, and what was there stays',
    why: 'Disks fill up; an overwrite that truncates first leaves neither value.',
    peers: ['flat-cache 6.1.23'],
    needs,
    run: (context) =>
      strike(context, 'store', [...once('writeSync', 'ENOSPC', 'EDQUOT'), ever('writeSync', 'ENOSPC')]),
  },
  {
    id: 'short-writes',
    title: 'a write of which the system takes only a part is finished, or told',
    why: 'Half a record that is published as if it were whole is found weeks later.',
    peers: ['write-file-atomic 7.0.1'],
    needs,
    run: (context) =>
      strike(context, 'store', [
        { call: 'writeSync', bytes: 1 },
        { call: 'writeSync', bytes: 5, times: 20 },
      ]),
  },
  {
    id: 'failed-sync',
    title: 'a store whose sync failed is not acknowledged, or is there after a power cut',
    why: 'After a failed fsync the bytes are gone from memory, and the next fsync says that all is well.',
    needs,
    run: (context) =>
      strike(context, 'store', [...once('fsyncSync', 'EIO', 'ENOSPC'), ever('fsyncSync', 'EIO')]),
  },
  {
    id: 'failed-close',
    title: 'a store whose file could not be closed is not acknowledged, or is there after a power cut',
    why: 'Network file systems and quotas report at close that the bytes never arrived.',
    needs,
    run: (context) =>
      strike(context, 'store', [...once('closeSync', 'EIO', 'ENOSPC'), ever('closeSync', 'EIO')]),
  },
  {
    id: 'failed-rename',
    title: 'a store whose rename failed, before or after it was done, says truly what it left',
    why: "An error that says 'no' of what was done makes the caller keep the old value over the new one.",
    needs,
    run: (context) =>
      strike(context, 'store', [
        ...once('renameSync', 'EIO', 'ENOSPC', 'EACCES', 'EBUSY'),
        ever('renameSync', 'EIO'),
        { call: 'renameSync', code: 'EIO', applied: true },
      ]),
  },
  {
    id: 'no-descriptors',
    title: 'a store that cannot open a file is told, and leaves none open',
    why: 'A process at its limit of descriptors never recovers when every failure leaks one more.',
    needs,
    run: (context) =>
      strike(context, 'store', [...once('openSync', 'EMFILE', 'EACCES', 'EIO'), ever('openSync', 'EMFILE')]),
  },
  {
    id: 'failed-remove',
    title: 'a remove that failed, before or after it was done, says truly what it left',
    why: 'What was reported as deleted comes back, or what was reported as kept is gone.',
    needs,
    run: (context) =>
      strike(context, 'remove', [
        ...once('unlinkSync', 'EIO', 'EACCES'),
        ever('unlinkSync', 'EIO'),
        ...once('fsyncSync', 'EIO'),
        { call: 'unlinkSync', code: 'EIO', applied: true },
      ]),
  },
  ...readFaultCases,
  ...explorationCases,
])

function once(call: SimFsCall, ...codes: FaultCode[]): Fault[] {
  return codes.map((code) => ({ call, code }))
}

/** A disk that stays broken until it is repaired. */
function ever(call: SimFsCall, code: FaultCode): Fault {
  return { call, code, times: Number.POSITIVE_INFINITY }
}

/** The call that each of the faults strikes in turn, each on a disk of its own. */
async function strike(context: Context, call: Struck['call'], list: readonly Fault[]): Promise<void> {
  for (const fault of list) await checkStruck(context, { call, fault })
}
