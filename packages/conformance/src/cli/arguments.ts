import { parseArgs } from 'node:util'
import { json } from '../reports/json.ts'
import { pretty } from '../reports/pretty.ts'
import { chooseCases, type Report, type RunOptions } from '../run.ts'

export const USAGE = `wt-conformance TARGET [options]

  TARGET            a module that default-exports a conformance target (.js, .mjs, .ts)
  --topic TOPIC     only the cases of this topic; may be repeated
  --case ID         only this case; may be repeated
  --seed N          drives all randomness; default 1
  --jobs N          so many cases at once; default 1
  --report FORMAT   pretty (default) or json
  --out FILE        writes the report there instead of to the standard output
  --help            this text

Exit code: 0 when no case failed, 1 when one did, 2 when the target cannot be run.
`

const FORMATS: Record<string, (report: Report) => string> = { pretty, json }

export interface Arguments {
  readonly path: string
  readonly options: RunOptions
  readonly format: (report: Report) => string
  readonly out: string | undefined
}

/** Throws an error with one clear line for anything that it does not know. */
export function parseArguments(args: readonly string[]): Arguments | 'help' {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      topic: { type: 'string', multiple: true, default: [] },
      case: { type: 'string', multiple: true, default: [] },
      seed: { type: 'string' },
      jobs: { type: 'string' },
      report: { type: 'string', default: 'pretty' },
      out: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) return 'help'
  const [path] = positionals
  if (path === undefined || positionals.length > 1) {
    throw new Error('give one TARGET, the module of a conformance target; --help tells more')
  }
  if (!Object.hasOwn(FORMATS, values.report)) {
    throw new Error(`--report takes ${Object.keys(FORMATS).join(' or ')}, not ${values.report}`)
  }
  const options: RunOptions = {
    topic: values.topic,
    case: values.case,
    ...(values.seed === undefined ? {} : { seed: integer('--seed', values.seed) }),
    ...(values.jobs === undefined ? {} : { jobs: integer('--jobs', values.jobs, 1) }),
  }
  // Told before anything runs: an unknown topic or case.
  if (chooseCases(options).length === 0) throw new Error('no case is of the given topic and has the given id')
  return { path, options, format: FORMATS[values.report]!, out: values.out }
}

function integer(name: string, text: string, least = Number.MIN_SAFE_INTEGER): number {
  const number = Number(text)
  if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(number) || number < least) {
    throw new Error(`${name} takes ${least === 1 ? 'a positive' : 'an'} integer, not ${JSON.stringify(text)}`)
  }
  return number
}
