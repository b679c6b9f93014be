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

/** What the append-only file in a server's directory says of these keys. */
export function readServerLog(directory: string, prefix: string, keys: readonly string[]): ServerEntry[] {
  const folder = join(directory, 'appendonlydir')
  const files = readdirSync(folder).filter((name) => name.endsWith('.incr.aof'))
  const sequenceOf = (name: string) => Number(/\.(\d+)\.incr\.aof$/.exec(name)![1])
  const keyOf = new Map(keys.map((key) => [prefix + key, key]))
  const entries: ServerEntry[] = []
  for (const name of files.toSorted((a, b) => sequenceOf(a) - sequenceOf(b))) {
    for (const [command, ...parameters] of commandsIn(readFileSync(join(folder, name)))) {
      entries.push(...entriesOf(command!.toUpperCase(), parameters, keyOf))
    }
  }
  return entries
}

function entriesOf(
  command: string,
  parameters: readonly string[],
  keyOf: ReadonlyMap<string, string>,
): ServerEntry[] {
  if (command === 'FLUSHALL') return ['loss']
  // The canary is no key.
  const keys = parameters.filter((name) => keyOf.has(name)).map((name) => keyOf.get(name)!)
  if (command === 'SET') return keys.slice(0, 1).map((key) => ({ key, ...stored(parameters) }))
  if (command === 'DEL') return keys.map((key) => ({ key, value: undefined }))
  if (command === 'UNLINK') return keys.map((key) => ({ key, value: undefined, isExpiry: true }))
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
