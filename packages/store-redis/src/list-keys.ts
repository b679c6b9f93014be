import type { Command } from './link.ts'
import type { Names } from './names.ts'

/** So many names are looked through for a page. */
const PAGE = '512'

/** Sends a command, and says what it answered and which run of the server it came from. */
type Ask = (command: Command) => Promise<{ readonly page: unknown; readonly runId: string | undefined }>

/** All keys of one server by SCAN, in pages, each once: none that was told before, which is kept in `told`. */
export async function* listKeys(
  names: Names,
  ask: Ask,
  // SCAN tells of a key twice when the server's table grows or shrinks meanwhile.
  told: Set<string> = new Set(),
): AsyncGenerator<readonly string[], void, undefined> {
  let cursor = '0'
  let askedRun: string | undefined
  for (;;) {
    const { page, runId } = await ask(['SCAN', cursor, 'MATCH', names.pattern, 'COUNT', PAGE])
    const [next, found] = page as [cursor: Buffer, found: Buffer[]]
    // A cursor means nothing to another run of the server, whose table has its keys in another order.
    const isAnother = cursor !== '0' && runId !== askedRun
    askedRun = runId
    const keys: string[] = []
    for (const name of found) {
      const key = names.keyOf(name)
      if (key === undefined || told.has(key)) continue
      told.add(key)
      keys.push(key)
    }
    yield keys
    cursor = isAnother ? '0' : String(next)
    if (cursor === '0' && !isAnother) return
  }
}
