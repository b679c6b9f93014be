import type { Case, Context } from '../case.ts'
import { KILL_KEYS, killRepeatedly } from '../kills/kill-repeatedly.ts'
import type { KillTest } from '../kills/kill-test.ts'
import { same } from '../same.ts'
import { defineTopic } from '../topic.ts'

const entries = KILL_KEYS.length
/** With fewer there is nothing left to lose; then the failure tells. */
const FEWEST_KEYS = 2

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
  context: Context,
  test: Pick<KillTest, 'kills' | 'calls' | 'moments'>,
): Promise<void> {
  const { target, location, seed, skip } = context
  if (target.capabilities.durability === 'none') skip(`${target.name} claims durability 'none'`)
  await killRepeatedly({ target, location, seed, keys: await keysHeld(context), ...test })
}

/**
 * The keys of the workload that the store holds when nobody is killed: of one that it does not, the topic keys tells, and
 * these cases would tell it once more instead of what they are about.
 */
async function keysHeld({ open, values, target }: Context): Promise<readonly string[]> {
  const store = await open('before')
  const held: string[] = []
  for (const [number, key] of KILL_KEYS.entries()) {
    try {
      await store.store(key, values.numbered(number))
      if (same(await store.load(key), values.numbered(number))) held.push(key)
    } catch {
      // Refused, by whatever error: not held.
    }
  }
  const listed = target.capabilities.keys ? await store.keys() : held
  await store.close()
  const kept = held.filter((key) => listed.includes(key))
  return kept.length < FEWEST_KEYS ? KILL_KEYS : kept
}
