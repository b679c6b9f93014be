import type { Durability } from '@wt/core'
import type { Link } from './link.ts'
import { isReply } from './translate-error.ts'

const ASKED = ['appendonly', 'appendfsync', 'no-appendfsync-on-rewrite'] as const

/**
 * What an acknowledged write survives by the server's settings; undefined when its user may not read them.
 *
 * Only `appendfsync always` is a promise: the server syncs its log before it answers, or ends when it cannot. With
 * `no-appendfsync-on-rewrite` it does not sync while it rewrites the log, but has written it. `everysec` answers up to 2 seconds
 * before it writes while an earlier sync is still under way, and both `everysec` and `no` have answered when they find the disk full.
 */
export async function configuredDurability(link: Link): Promise<Durability | undefined> {
  let reply: unknown
  try {
    reply = await link.send(['CONFIG', 'GET', ...ASKED])
  } catch (error) {
    // Forbidden to this user, or unknown to this server. A lost connection is another matter.
    if (isReply(error)) return undefined
    throw error
  }
  const config = new Map(Object.entries(reply as object).map(([name, value]) => [name, String(value)]))
  const [appendonly, appendfsync, skipsSync] = ASKED.map((name) => config.get(name))
  if (appendonly === undefined || appendfsync === undefined) return undefined
  if (appendonly !== 'yes' || appendfsync !== 'always') return 'none'
  return skipsSync === 'yes' ? 'process' : 'power'
}
