import type { Context } from '../case.ts'
import { openOn } from '../faults/on-sim-fs.ts'
import { BrokenPromise } from '../outcomes.ts'
import { randomFrom } from '../random.ts'
import { CrashFailure, type CrashTest } from '../simfs/crash-test.ts'
import { exploreCrashes, exploreFaults } from '../simfs/explore.ts'
import type { Step } from '../simfs/steps.ts'
import type { TopicCase } from '../topic.ts'

/** The cases of the topic faults that try every point of a short history. */
export const explorationCases: readonly TopicCase[] = [
  {
    id: 'killed-anywhere',
    title:
      'a process killed between any two calls of the file system leaves each key at a value that was promised',
    why: 'Deployments kill processes every day, and one of them is in the middle of an overwrite.',
    peers: ['unstorage 1.17.6 (fs)'],
    needs: ['fileSystem', 'durability'],
    entries: 3,
    run: (context) => explore(context, exploreCrashes, 'process'),
  },
  {
    id: 'power-cut',
    title:
      'a power cut after any call of the file system leaves what was acknowledged, on a disk that keeps its order',
    why: 'What was acknowledged and never synced is gone with the power.',
    peers: ['keyv-file', 'write-file-atomic 7.0.1', 'cacache 20.0.4', 'unstorage 1.17.6'],
    needs: ['fileSystem', 'durability'],
    entries: 3,
    run: (context) => explore(context, exploreCrashes, 'ordered', 'power'),
  },
  {
    id: 'power-cut-without-order',
    title: 'and so it does on a disk that keeps any part of what was not synced, in any order',
    why: 'File systems may write names before contents: a file with the new name and no bytes.',
    peers: ['write-file-atomic 7.0.1', 'cacache 20.0.4'],
    needs: ['fileSystem', 'durability'],
    entries: 3,
    run: (context) => explore(context, exploreCrashes, 'adversarial', 'power'),
  },
  {
    id: 'every-fault',
    title: 'whatever goes wrong at any call of the file system, the store holds what its callers were told',
    why: 'The path through an error is the one that nobody runs before it happens.',
    needs: ['fileSystem', 'durability'],
    entries: 3,
    run: (context) => explore(context, exploreFaults, 'process'),
  },
]

async function explore(
  context: Context,
  exploration: (test: CrashTest) => Promise<unknown>,
  profile: CrashTest['profile'],
  least: 'process' | 'power' = 'process',
): Promise<void> {
  const { target, skip } = context
  const { durability } = target.capabilities
  if (durability !== 'power' && durability !== least) {
    skip(`is about durability '${least}', and ${target.name} claims '${durability}'`)
  }
  try {
    await exploration({
      open: (fileSystem) => openOn(context, fileSystem),
      steps: stepsOf(context),
      profile,
      seed: context.seed,
      exhaustiveUpTo: 16,
      samples: 6,
      crashesInRecovery: profile !== 'process',
    })
  } catch (error) {
    // Where it happened and what the file system was asked is in its message.
    if (error instanceof CrashFailure) throw new BrokenPromise(error.message)
    throw error
  }
}

/** Overwrites, removes and a batch, of values of the target's kind; no two are equal. The seed chooses the order. */
function stepsOf({ target, values, seed }: Context): Step[] {
  const random = randomFrom(seed)
  let number = 0
  const next = () => values.numbered(++number)
  const pool: (() => Step)[] = [
    () => ({ do: 'store', key: 'a', value: next() }),
    () => ({ do: 'store', key: 'Ü/c', value: next() }),
    () => ({ do: 'remove', key: 'a' }),
    () => ({ do: 'reopen' }),
    ...(target.capabilities.batch
      ? [
          (): Step => ({
            do: 'storeMany',
            entries: [
              ['a', next()],
              ['b', next()],
            ],
          }),
        ]
      : []),
  ]
  const first: Step[] = [
    { do: 'store', key: 'a', value: next() },
    { do: 'store', key: 'a', value: next() },
  ]
  return [...first, ...Array.from({ length: 4 }, () => pool[Math.floor(random() * pool.length)]!())]
}
