import { type AsyncBackingStore, StoreError } from '@wt/core'
import type { Context } from '../case.ts'
import { check, checkSame } from '../check.ts'
import { faultText } from '../faults/call-struck.ts'
import { openOn } from '../faults/on-sim-fs.ts'
import { display } from '../history.ts'
import type { Fault, FaultCode } from '../simfs/faults.ts'
import type { SimFsCall } from '../simfs/operation.ts'
import { SimFs } from '../simfs/sim-fs.ts'
import type { TopicCase } from '../topic.ts'

type Store = AsyncBackingStore<string, unknown>

/** The cases of the topic faults in which reading, listing or opening is struck. */
export const readFaultCases: readonly TopicCase[] = [
  {
    id: 'short-reads',
    title: 'a read that the system answers in parts gives the whole value',
    why: 'A value that is cut off reads as damage, or worse, as a shorter value.',
    needs: ['fileSystem'],
    async run(context) {
      const value = context.values.sized(300, 1)
      const faults: Fault[] = [
        { call: 'readSync', bytes: 1 },
        { call: 'readSync', bytes: 5, times: 20 },
      ]
      for (const fault of faults) {
        const { simulated, store } = await opened(context, [['key', value]])
        simulated.inject(fault)
        checkSame(await store.load('key'), value, `load with ${faultText(fault)}`)
        await store.close?.()
      }
    },
  },
  {
    id: 'failed-read-is-no-miss',
    title: 'a load that cannot read fails as a StoreError; it never answers that there is nothing',
    why: 'Who is told that there is nothing writes a new value over the one that could not be read for a moment.',
    needs: ['fileSystem'],
    async run(context) {
      const value = context.values.numbered(1)
      for (const fault of readFaults('openSync', 'readSync', 'lstatSync', 'fstatSync', 'readdirSync')) {
        const { simulated, store } = await opened(context, [['key', value]])
        simulated.inject(fault)
        const what = `load with ${faultText(fault)}`
        checkSame(await failingOr(() => store.load('key'), value, what), value, what)
        simulated.clearFaults()
        checkSame(await store.load('key'), value, `${what}: the next load`)
        await store.close?.()
      }
    },
  },
  {
    id: 'failed-listing',
    title: 'keys that cannot be listed fail as a StoreError; they are never fewer',
    why: 'A clean-up or a backup that goes by an incomplete list deletes or forgets the rest.',
    needs: ['fileSystem', 'keys'],
    async run(context) {
      const value = context.values.numbered(1)
      for (const fault of readFaults('readdirSync', 'openSync', 'readSync', 'lstatSync')) {
        const { simulated, store } = await opened(context, [
          ['a', value],
          ['B/c', value],
        ])
        simulated.inject(fault)
        const what = `keys with ${faultText(fault)}`
        checkSame(await failingOr(() => listOf(store), ['B/c', 'a'], what), ['B/c', 'a'], what)
        simulated.clearFaults()
        checkSame(await listOf(store), ['B/c', 'a'], `${what}: listed again`)
        await store.close?.()
      }
    },
  },
  {
    id: 'cannot-open',
    title:
      'a store that cannot be opened says so, leaves no file open, and opens when the disk is well again',
    why: 'One bad start must not need a hand to repair it.',
    needs: ['fileSystem'],
    async run(context) {
      const value = context.values.numbered(1)
      for (const fault of readFaults('mkdirSync', 'openSync', 'readdirSync', 'fsyncSync', 'unlinkSync')) {
        const { simulated, store } = await opened(context, [['key', value]])
        await store.close?.()
        simulated.inject(fault)
        const what = `open with ${faultText(fault)}`
        const again = await failingOr(() => openOn(context, simulated), undefined, what)
        await again?.close?.()
        const open = simulated.openDescriptors
        check(open === 0, `${what}: afterwards ${open} file descriptors are still open`)
        simulated.clearFaults()
        const last = await openOn(context, simulated)
        checkSame(await last.load('key'), value, `${what}: load when it was opened later`)
        await last.close?.()
      }
    },
  },
]

function readFaults(...calls: SimFsCall[]): Fault[] {
  const codes: FaultCode[] = ['EIO', 'EACCES']
  return calls.flatMap((call) => [
    ...codes.map((code) => ({ call, code })),
    { call, code: 'EIO', times: Number.POSITIVE_INFINITY } as const,
  ])
}

async function opened(
  context: Context,
  entries: readonly (readonly [string, unknown])[],
): Promise<{ simulated: SimFs; store: Store }> {
  const simulated = new SimFs({ seed: context.seed })
  const store = await openOn(context, simulated)
  for (const [key, value] of entries) await store.store(key, value)
  return { simulated, store }
}

/** What the call answers; `otherwise` when it fails as it may: with a `StoreError`. */
async function failingOr<T>(call: () => T, otherwise: Awaited<T>, what: string): Promise<Awaited<T>> {
  try {
    return await call()
  } catch (error) {
    // To fail is one of the two right answers.
    check(StoreError.is(error), `${what}: a StoreError is owed, got ${display(error)}`)
    return otherwise
  }
}

async function listOf(store: Store): Promise<string[]> {
  const listed: string[] = []
  for await (const key of store.keys!()) listed.push(key)
  return listed.sort()
}
