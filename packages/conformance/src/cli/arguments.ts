import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import type { Case } from '../case.ts'
import { FORMATS, type Format } from '../reports/index.ts'
import { chooseCases, DEFAULT_SEED, DEFAULT_TIMEOUT_MS } from '../run.ts'
import type { WorkersOptions } from './workers.ts'

export const USAGE = `wt-conformance TARGET [options]
wt-conformance init [DIRECTORY]
wt-conformance --list [--topic TOPIC]

  TARGET            a module that default-exports a conformance target (.js, .mjs, .ts)
  init              writes a store to begin with, and its target
  --list            the cases, and what a target has to claim for each
  --topic TOPIC     only the cases of this topic; may be repeated
  --case ID         only this case; may be repeated
  --seed N          drives all randomness; default 1
  --replay WHAT     ID@SEED: that case with that seed; or the file of a json report: what did not pass in it
  --jobs N          so many processes at once; default: one for each processor, up to 4
  --timeout-ms N    how long a case may take; default 30000. Of a target on which three cases hang, others get 5000
  --memory-mb N     how much memory a process may take; default 1024
  --thorough N      goes on for N seconds, with one seed after the other
  --against OTHER   gives TARGET and the target OTHER the same calls and shows the first difference
  --report FORMAT   pretty (default), tap, json, junit, markdown or badge (SVG)
  --out FILE        writes the report there instead of to the standard output
  --help            this text

Each case runs in a process of its own target. A store that hangs it, ends it or takes all memory fails that case, and the
others go on. Exit code: 0 when no case failed, 1 when one did, 2 when the target cannot be run.
`

const MOST_JOBS = 4
const DEFAULT_MEMORY_MB = 1024

export type Arguments =
  | { readonly do: 'help' }
  | { readonly do: 'list'; readonly cases: readonly Case[] }
  | { readonly do: 'init'; readonly directory: string }
  | {
      readonly do: 'against'
      readonly workers: Omit<WorkersOptions, 'program'>
      readonly other: string
      readonly seed: number
      readonly isJson: boolean
      readonly out: string | undefined
    }
  | {
      readonly do: 'run'
      readonly workers: Omit<WorkersOptions, 'program'>
      readonly cases: readonly Case[]
      readonly seed: number
      readonly thoroughMs: number
      readonly format: Format
      readonly out: string | undefined
    }

/** Rejects with an error of one clear line for anything that it does not know. */
export async function parseArguments(args: readonly string[]): Promise<Arguments> {
  const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS })
  if (values.help) return { do: 'help' }
  if (positionals[0] === 'init') return { do: 'init', directory: positionals[1] ?? '.' }
  const replayed = values.replay === undefined ? undefined : await replay(values.replay)
  const seed = replayed?.seed ?? (values.seed === undefined ? DEFAULT_SEED : integer('--seed', values.seed))
  const cases = chooseCases({ topic: values.topic, case: replayed?.ids ?? values.case })
  if (cases.length === 0) throw new Error('no case is of the given topic and has the given id')
  if (values.list) return { do: 'list', cases }

  const [path] = positionals
  if (path === undefined || positionals.length > 1) {
    throw new Error('give one TARGET, the module of a conformance target; --help tells more')
  }
  if (!Object.hasOwn(FORMATS, values.report)) {
    throw new Error(`--report takes ${Object.keys(FORMATS).join(', ')}, not ${values.report}`)
  }
  const workers = {
    path,
    jobs: positive('--jobs', values.jobs, Math.min(availableParallelism(), MOST_JOBS)),
    timeoutMs: positive('--timeout-ms', values['timeout-ms'], DEFAULT_TIMEOUT_MS),
    memoryMb: positive('--memory-mb', values['memory-mb'], DEFAULT_MEMORY_MB),
  }
  const { out, against } = values
  if (against !== undefined) {
    return { do: 'against', workers, other: against, seed, isJson: values.report === 'json', out }
  }
  const thoroughMs = 1000 * positive('--thorough', values.thorough, 0)
  return { do: 'run', workers, cases, seed, thoroughMs, format: FORMATS[values.report]!, out }
}

const OPTIONS = {
  topic: { type: 'string', multiple: true, default: [] },
  case: { type: 'string', multiple: true, default: [] },
  seed: { type: 'string' },
  replay: { type: 'string' },
  jobs: { type: 'string' },
  'timeout-ms': { type: 'string' },
  'memory-mb': { type: 'string' },
  thorough: { type: 'string' },
  against: { type: 'string' },
  report: { type: 'string', default: 'pretty' },
  out: { type: 'string' },
  list: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const satisfies NonNullable<Parameters<typeof parseArgs>[0]>['options']

/** `ID@SEED` as a failure prints it, or the path of a report in JSON. */
async function replay(what: string): Promise<{ readonly ids: readonly string[]; readonly seed: number }> {
  const [, id, seed] = /^([\w-]+\/[\w-]+)@(-?\d+)$/.exec(what) ?? []
  if (id !== undefined) return { ids: [id], seed: integer('--replay', seed!) }
  let report: { seed?: unknown; cases?: { id: string; verdict: string }[] }
  try {
    report = JSON.parse(await readFile(what, 'utf8'))
  } catch (cause) {
    // Neither form: said in one line.
    throw new Error(`--replay takes ID@SEED or the file of a json report, not ${what}`, { cause })
  }
  const broken = report.cases?.filter(({ verdict }) => verdict !== 'pass' && verdict !== 'skip') ?? []
  if (broken.length === 0) throw new Error(`--replay: in ${what} there is no case that did not pass`)
  return { ids: broken.map(({ id }) => id), seed: integer('--replay', String(report.seed)) }
}

function positive(name: string, text: string | undefined, otherwise: number): number {
  return text === undefined ? otherwise : integer(name, text, 1)
}

function integer(name: string, text: string, least: number = Number.MIN_SAFE_INTEGER): number {
  const number = Number(text)
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(number) || number < least) {
    throw new Error(`${name} takes ${least === 1 ? 'a positive' : 'an'} integer, not ${JSON.stringify(text)}`)
  }
  return number
}
