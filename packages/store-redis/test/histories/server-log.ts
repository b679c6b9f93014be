import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ofWallClock, type ServerEntry } from './history.ts'

/** With these the server's append-only file is the one order of all that it did, and never rewritten. */
export const LOGGED: Readonly<Record<string, string>> = {
  appendonly: 'yes',
  appendfsync: 'always',
  'auto-aof-rewrite-percentage': '0',
  // What expired is then logged as UNLINK, what somebody removed as DEL.
  'lazyfree-lazy-expire': 'yes',
}

/** The head that a store with versions puts before a value: a mark, and the version. */
const HEAD = /^\xffwt1(.{16})(.*)$/s

/** Keys that begin so are no entries: what is set there marks a place in the log. */
export const MARK = 'mark:'

/** What a log says: what the server did, and where a mark was set, or a key came from another node. */
export type LogEntry = ServerEntry | { readonly mark: string } | { readonly restores: string }

/** The append-only files in a server's directory, in their order. */
export function logFilesIn(directory: string): string[] {
  const folder = join(directory, 'appendonlydir')
  const files = readdirSync(folder).filter((name) => name.endsWith('.incr.aof'))
  const sequenceOf = (name: string) => Number(/\.(\d+)\.incr\.aof$/.exec(name)![1])
  return files.toSorted((a, b) => sequenceOf(a) - sequenceOf(b)).map((name) => join(folder, name))
}

/** What append-only files say of these keys. */
export function readServerLog(files: readonly string[], prefix: string, keys: readonly string[]): LogEntry[] {
  const keyOf = new Map(keys.map((key) => [prefix + key, key]))
  const entries: LogEntry[] = []
  for (const file of files) {
    for (const [command, ...parameters] of commandsIn(readFileSync(file))) {
      entries.push(...entriesOf(command!.toUpperCase(), parameters, keyOf))
    }
  }
  return entries
}

/** Without what is of no key. */
export function entriesOfKeys(log: readonly LogEntry[]): ServerEntry[] {
  return log.filter((entry) => entry === 'loss' || !('mark' in entry || 'restores' in entry)) as ServerEntry[]
}

function entriesOf(
  command: string,
  parameters: readonly string[],
  keyOf: ReadonlyMap<string, string>,
): LogEntry[] {
  if (command === 'FLUSHALL') return ['loss']
  if (command === 'SET' && parameters[0]!.startsWith(MARK)) return [{ mark: parameters[1]! }]
  // The canary is no key.
  const keys = parameters.filter((name) => keyOf.has(name)).map((name) => keyOf.get(name)!)
  if (command === 'SET') return keys.slice(0, 1).map((key) => ({ key, ...stored(parameters) }))
  if (command === 'DEL') return keys.map((key) => ({ key, value: undefined }))
  if (command === 'UNLINK') return keys.map((key) => ({ key, value: undefined, isExpiry: true }))
  // In a Cluster it is RESTORE-ASKING.
  if (command.startsWith('RESTORE')) return keys.map((restores) => ({ restores }))
  if (command === 'PERSIST') return keys.map((persists) => ({ persists }))
  return []
}

function stored([, text, option, unixMs]: readonly string[]) {
  const [, head, value] = HEAD.exec(text!) ?? [undefined, undefined, text]
  return {
    value: Number(value),
    version: head === undefined ? undefined : Buffer.from(head, 'latin1').toString('hex'),
    expiresAt: option?.toUpperCase() === 'PXAT' ? ofWallClock(Number(unixMs)) : undefined,
  }
}

/** The commands of an append-only file: arrays of strings, in the protocol's way. Of one that was cut off, nothing. */
function* commandsIn(bytes: Buffer): Generator<string[]> {
  let at = 0
  const lineNumber = (): number => {
    const end = bytes.indexOf('\r\n', at)
    if (end < 0) throw new CutOff()
    const number = Number(bytes.toString('latin1', at + 1, end))
    at = end + 2
    return number
  }
  try {
    while (at < bytes.length) {
      const words: string[] = []
      for (let count = lineNumber(); count > 0; count--) {
        const length = lineNumber()
        if (at + length + 2 > bytes.length) throw new CutOff()
        words.push(bytes.toString('latin1', at, at + length))
        at += length + 2
      }
      yield words
    }
  } catch (error) {
    // A server that is killed leaves half a command at the end, which it drops when it starts.
    if (!(error instanceof CutOff)) throw error
  }
}

class CutOff extends Error {}
