import { Command } from 'commander'
import { usedBytes } from '../measure/used-bytes.ts'
import { describeEnvironment, type Environment, environmentLines } from '../reports/environment.ts'
import { count, plainTable } from '../reports/format.ts'
import { showProgress } from '../reports/progress.ts'
import { type Endings, TroubledClients } from '../workloads/troubled-clients.ts'
import * as parse from './arguments.ts'
import { withWorkspace } from './workspace.ts'

interface Options {
  readonly operations: number
  readonly keys: number
  readonly capacity: number
  readonly seed: number
  readonly json?: true
}

/** What `bench heap --json` prints. */
interface HeapReport {
  readonly environment: Environment
  readonly operations: number
  readonly keys: number
  readonly capacity: number
  readonly seed: number
  /** How operations ended: `answered`, or the code of their error. */
  readonly endings: Endings
  /** After so many operations, with nothing under way. */
  readonly samples: readonly { readonly operations: number; readonly usedMB: number }[]
}

const SAMPLES = 20

export function heapCommand(): Command {
  return new Command('heap')
    .description(
      'what the asynchronous cache leaves in memory after many operations that fail or are given up',
    )
    .option('--operations <count>', 'in all', parse.positiveInteger, 10_000_000)
    .option('--keys <count>', 'that are asked for', parse.positiveInteger, 1_000_000)
    .option('--capacity <entries>', 'of the cache', parse.positiveInteger, 10_000)
    .option('--seed <number>', 'of the requests', parse.seed, 1)
    .option('--json', 'print JSON and nothing else')
    .action(run)
}

async function run({ json, ...settings }: Options): Promise<void> {
  const report = await withWorkspace(undefined, async (directory): Promise<HeapReport> => {
    const clients = new TroubledClients(settings)
    const samples: HeapReport['samples'][number][] = []
    const progress = showProgress(SAMPLES)
    try {
      for (let sample = 1, done = 0; sample <= SAMPLES; sample++) {
        const operations = Math.round((settings.operations * sample) / SAMPLES)
        await clients.run(operations - done)
        done = operations
        samples.push({ operations, usedMB: usedBytes() / 1e6 })
        progress.step()
      }
    } finally {
      progress.stop()
    }
    await clients.cache.close()
    return { environment: describeEnvironment(directory), ...settings, endings: clients.endings, samples }
  })
  process.stdout.write(`${json ? JSON.stringify(report, null, 2) : heapTable(report)}\n`)
}

function heapTable({ environment, endings, samples, keys, capacity, seed }: HeapReport): string {
  const columns = [
    { title: 'operations', width: 64 },
    { title: 'used MB', width: 10, right: true },
  ]
  const title = `AsyncWriteThroughCache, ${capacity.toLocaleString('en')} of ${keys.toLocaleString('en')} keys, seed ${seed}`
  const rows = samples.map(({ operations, usedMB }) => [count(operations), usedMB.toFixed(2)])
  const ended = Object.entries(endings)
    .sort(([, a], [, b]) => b - a)
    .map(([ending, times]) => `${ending} ${times.toLocaleString('en')}`)
  return [
    environmentLines(environment),
    plainTable(columns, [{ title, rows }]),
    `How they ended: ${ended.join(', ')}.`,
    'Used: on the heap and in typed arrays, after a garbage collection, with nothing under way. At each row the books of keys in\nuse were empty, or this would have ended with an error.',
  ].join('\n\n')
}
