import type { Command } from './link.ts'
import type { Replicas } from './sender.ts'
import { NotReplicated } from './translate-error.ts'

/** Asks how many replicas have what was written on the connection before. It answers nothing else meanwhile. */
export function waitCommand({ count, timeoutMs }: Replicas): Command {
  return ['WAIT', String(count), String(timeoutMs)]
}

/** The reply to a write when enough replicas have it, by the answer to a `WAIT` that was sent after it. */
export async function whenReplicated(
  reply: Promise<unknown>,
  reached: Promise<unknown>,
  { count, timeoutMs }: Replicas,
): Promise<unknown> {
  const [answer, had] = await Promise.allSettled([reply, reached])
  if (answer.status === 'rejected') throw answer.reason
  const isKnown = had.status === 'fulfilled'
  if (isKnown && Number(had.value) >= count) return answer.value
  const many = isKnown ? `${had.value} of ${count} replicas` : `nobody knows how many of ${count} replicas`
  throw new NotReplicated(
    `${many} took it within ${timeoutMs} ms; it is on the server, and may be lost with it`,
  )
}
