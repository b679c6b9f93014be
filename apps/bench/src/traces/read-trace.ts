import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

/** The requests of a program of the past, in their order. */
export interface Trace {
  /** Each key once, in the order of their first request. */
  readonly keys: string[]
  /** Each request's place in `keys`. */
  readonly requests: Uint32Array
}

/** The file is no trace, or cannot be read: the message says which line, and what is expected. */
export class TraceError extends Error {
  override readonly name: string = 'TraceError'
}

/** Reads a trace, gzipped or not: one decimal key id a line; a line that begins with `*` is no request. */
export function readTrace(path: string): Trace {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(path)
    if (bytes[0] === 0x1f && bytes[1] === 0x8b) bytes = gunzipSync(bytes)
  } catch (cause) {
    // No such file, no permission, or a gzip that was cut off: the reader gave this path, so they get one clear line.
    throw new TraceError(`trace ${path} cannot be read: ${(cause as Error).message}`, { cause })
  }
  return parseTrace(new TextDecoder().decode(bytes), path)
}

/** `name` stands in the messages. Throws a `TraceError` for a line that is no key id, and when there is no request. */
export function parseTrace(text: string, name: string): Trace {
  const keys: string[] = []
  const places = new Map<string, number>()
  const requests: number[] = []
  for (const [index, line] of text.trimEnd().split(/\r?\n/).entries()) {
    if (line.startsWith('*')) continue
    if (!/^\d+$/.test(line)) throw badLine(name, index + 1, line)
    let place = places.get(line)
    if (place === undefined) {
      place = keys.push(line) - 1
      places.set(line, place)
    }
    requests.push(place)
  }
  if (requests.length === 0) throw new TraceError(`trace ${name} holds no request`)
  return { keys, requests: Uint32Array.from(requests) }
}

function badLine(name: string, number: number, line: string): TraceError {
  const shown = JSON.stringify(line.slice(0, 40))
  return new TraceError(`trace ${name}, line ${number}: ${shown} is no decimal key id (nor a * line)`)
}
