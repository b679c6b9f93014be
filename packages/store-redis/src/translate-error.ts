import { keyText, StoreError, type StoreErrorCode } from '@wt/core'

/** What was being done when it failed. */
export interface Operation {
  readonly name: string
  readonly kind: 'read' | 'write'
  readonly key?: string | undefined
}

/** A call that was not sent, and why. */
export class NotSent extends Error {
  readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

/** A write that was carried out, of which too few replicas are known to have it. */
export class NotReplicated extends Error {}

/**
 * What Redis answers instead of doing as it was told, by the first word, and what it is here. A word that is not listed is a
 * failure of the read or the write. A write that is answered so was not carried out: `applied` is 'no'.
 */
const REPLIES: Readonly<Record<string, readonly [code: StoreErrorCode, advice: string]>> = {
  OOM: ['STORE_FULL', 'raise maxmemory, remove entries, or let them expire'],
  READONLY: ['READ_ONLY', 'it is a replica; connect to the primary'],
  LOADING: ['UNAVAILABLE', 'try again when it has loaded its data'],
  MASTERDOWN: ['UNAVAILABLE', 'its primary is away; try again when there is one'],
  NOREPLICAS: ['UNAVAILABLE', 'it has fewer replicas than min-replicas-to-write asks for'],
  CLUSTERDOWN: ['UNAVAILABLE', 'the Cluster does not serve all slots; see CLUSTER INFO'],
  TRYAGAIN: ['UNAVAILABLE', 'the slot of the key is being moved; try again'],
  MOVED: ['UNAVAILABLE', 'the server is a node of a Cluster; give cluster instead of url'],
  ASK: ['UNAVAILABLE', 'the server is a node of a Cluster; give cluster instead of url'],
  NOAUTH: ['UNAVAILABLE', 'give a user and a password, in url or connection'],
  WRONGPASS: ['UNAVAILABLE', 'check the user and the password, in url or connection'],
  BUSY: ['BUSY', 'a script holds the server; try again'],
  WRONGTYPE: ['CORRUPT', 'something else than a string is there; store it anew, or remove it'],
}

const ADVICE: Readonly<Record<string, string>> = {
  NOPERM: 'grant its user what the README lists',
  MISCONF: 'it cannot save its data, and takes no writes; see its log',
}

/** The StoreError for whatever went wrong below. */
export function translateError(
  cause: unknown,
  operation: Operation,
  secrets: ReadonlySet<string>,
): StoreError {
  if (StoreError.is(cause)) return cause
  const { name, kind, key } = operation
  const where = key === undefined ? name : `${name} of ${keyText(key)}`
  if (isAbort(cause)) {
    return new StoreError('ABORTED', `${where}: aborted before it was sent`, { key, cause, applied: 'no' })
  }
  const said = textOf(cause, secrets)
  const shown = shownCause(cause, said)
  if (cause instanceof NotSent) {
    return new StoreError(cause.code, `${where}: ${said}`, { key, applied: 'no' })
  }
  if (cause instanceof NotReplicated) {
    return new StoreError('WRITE_FAILURE', `${where}: ${said}`, { key, applied: 'unknown' })
  }
  if (isReply(cause)) {
    const word = said.split(' ', 1)[0]!
    const [code, advice] = REPLIES[word] ?? [
      kind === 'read' ? 'READ_FAILURE' : 'WRITE_FAILURE',
      ADVICE[word] ?? 'see its log',
    ]
    const message = `${where}: the server says "${said}"; ${advice}`
    return new StoreError(code, message, { key, cause: shown, applied: 'no' })
  }
  const outcome = kind === 'write' ? 'it may have been carried out, load tells' : 'try again'
  return new StoreError('UNAVAILABLE', `${where}: the connection was lost (${said}); ${outcome}`, {
    key,
    cause: shown,
  })
}

/** What an error says, in one line, without secrets and without the arguments of the command, which Redis may repeat. */
export function textOf(cause: unknown, secrets: ReadonlySet<string>): string {
  const text = cause instanceof Error ? cause.message || (cause as NodeJS.ErrnoException).code : undefined
  let said = (text ?? String(cause)).replace(/,? ?with args beginning with:.*/s, '')
  for (const secret of secrets) said = said.replaceAll(secret, '***')
  return said.split('\n', 1)[0]!.slice(0, 200)
}

/** The cause itself, unless it says more than may be told. */
function shownCause(cause: unknown, said: string): unknown {
  return cause instanceof Error && cause.message !== said && cause.message !== '' ? new Error(said) : cause
}

/** By name: a client that is handed in may come from another copy of its package. */
export function isReply(error: unknown): boolean {
  return isA('ErrorReply', error)
}

export function isAbort(error: unknown): boolean {
  return isA('AbortError', error)
}

function isA(name: string, error: unknown): boolean {
  for (let kind: unknown = error; kind instanceof Error; kind = Object.getPrototypeOf(kind)) {
    if (kind.constructor.name === name) return true
  }
  return false
}
