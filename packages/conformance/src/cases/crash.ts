import type { Case, Context } from '../case.ts'
import { killRepeatedly } from '../kills/kill-repeatedly.ts'
import type { KillTest } from '../kills/kill-test.ts'
import { defineTopic } from '../topic.ts'

/** Keys of the workload. */
const entries = 6

export const crash: readonly Case[] = defineTopic('crash', [
  {
    id: 'acknowledged-survives',
    title:
      'after a kill each key holds what was acknowledged last or was under way: nothing lost, torn or back',
    why: 'Deployments kill processes every day; what was acknowledged before is what users rely on.',
    peers: ['unstorage 1.17.6 (fs)', 'keyv-file'],
    needs: ['persistent', 'durability'],
    entries,
    otherProcess: true,
    run: (context) => survivesKills(context, { kills: 4, calls: 'single' }),
  },
  {
    id: 'batches-survive',
    title:
      'after a kill a batch that was acknowledged is there, and one under way all or nothing if so claimed',
    why: 'Half of a transfer that was to be all or nothing is money lost or made.',
    needs: ['persistent', 'durability', 'batch'],
    entries,
    otherProcess: true,
    run: (context) => survivesKills(context, { kills: 3, calls: 'batches' }),
  },
  {
    id: 'opening-survives',
    title: 'a kill while the store is opened loses nothing and does not keep it from being opened',
    why: 'A process that is killed while it recovers must not make recovery impossible.',
    needs: ['persistent', 'durability'],
    entries,
    otherProcess: true,
    run: (context) => survivesKills(context, { kills: 4, moments: 'opening' }),
  },
])

async function survivesKills(
  { target, location, seed, skip }: Context,
  test: Pick<KillTest, 'kills' | 'calls' | 'moments'>,
): Promise<void> {
  if (target.capabilities.durability === 'none') skip(`${target.name} claims durability 'none'`)
  await killRepeatedly({ target, location, seed, ...test })
}
