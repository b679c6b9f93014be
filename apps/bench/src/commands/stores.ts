import { basename } from 'node:path'
import { Command, InvalidArgumentError } from 'commander'
import { compare, stepsOf } from '../measure/compare.ts'
import { describeEnvironment } from '../reports/environment.ts'
import { showProgress } from '../reports/progress.ts'
import { type LimitRow, type Report, type Row, rowsOf } from '../reports/report.ts'
import { storesTable } from '../reports/stores-table.ts'
import { readTrace } from '../traces/read-trace.ts'
import { STORE_NAMES, type StoreName } from '../workloads/open-store.ts'
import { redisComparisons } from '../workloads/redis-comparisons.ts'
import { POLICY_NAMES, type PolicyName } from '../workloads/policies.ts'
import {
  type Comparison,
  type StoreSettings,
  storeComparisons,
  traceComparison,
} from '../workloads/store-comparisons.ts'
import { writersComparison } from '../workloads/writers-comparison.ts'
import * as parse from './arguments.ts'
import { withWorkspace } from './workspace.ts'

interface Options {
  readonly store: (StoreName | 'redis')[]
  readonly trace?: string
  readonly capacity: parse.Capacity
  readonly policy: PolicyName
  readonly dir?: string
  readonly seed: number
  readonly entries: number
  readonly rounds?: number
  readonly operations?: number
  readonly quick?: true
  readonly json?: true
}

/** Redis only when it is asked for: it needs a redis-server, which not everybody has. */
const ALL_NAMES: readonly (StoreName | 'redis')[] = [...STORE_NAMES, 'redis']
const VALUE_BYTES = 1024
const NORMAL = { rounds: 9, traceRounds: 9, roundMs: 25, batch: 100 }
const QUICK = { rounds: 9, traceRounds: 3, roundMs: 5, batch: 10 }

export function storesCommand(): Command {
  return new Command('stores')
    .description('compare the stores on this machine, bare and behind the cache')
    .option('--store <names>', 'which of memory, fs, sqlite, redis', parse.listOf(ALL_NAMES), [
      ...STORE_NAMES,
    ])
    .option('--trace <file>', 'replay a trace: gzip text, one decimal key id a line', parse.typedPath)
    .option('--capacity <entries|percent%>', 'of the small cache', parse.capacity, { percent: 10 })
    .option('--policy <name>', POLICY_NAMES.join(', '), parse.oneOf(POLICY_NAMES), 'fifo')
    .option('--entries <count>', 'in each store, without a trace', parse.positiveInteger, 2000)
    .option('--dir <directory>', 'where the stores are put for the time being', parse.typedPath)
    .option('--seed <number>', 'of the requests', parse.seed, 1)
    .option('--rounds <count>', 'instead of 9', parse.positiveInteger)
    .option('--operations <count>', 'a round, instead of as many as fit', parse.positiveInteger)
    .option('--quick', 'shorter rounds: within 20 s, with more noise')
    .option('--json', 'print JSON and nothing else')
    .action(run)
}

async function run(options: Options): Promise<void> {
  checkRedis(options)
  const sizes = options.quick ? QUICK : NORMAL
  // Read here as well, so that a bad trace is told before anything is started.
  const keys = options.trace === undefined ? options.entries : readTrace(options.trace).keys.length
  const rounds = options.rounds ?? (options.trace === undefined ? sizes.rounds : sizes.traceRounds)
  const report = await withWorkspace(options.dir, async (directory) => {
    const settings: StoreSettings = {
      ...{
        stores: options.store.filter((name) => name !== 'redis'),
        directory,
        entries: options.entries,
        valueBytes: VALUE_BYTES,
      },
      ...{ seed: options.seed, policy: options.policy, batch: Math.min(sizes.batch, options.entries) },
      capacity: parse.entriesOf(options.capacity, keys),
      ...(options.trace !== undefined && { tracePath: options.trace }),
    }
    const comparisons =
      options.trace === undefined
        ? [...storeComparisons(settings), ...writersComparison(settings)]
        : [traceComparison(settings, basename(options.trace))]
    const measure = { rounds, roundMs: sizes.roundMs, operations: options.operations }
    if (!options.store.includes('redis')) return await measureAll(comparisons, settings, measure)
    const { withRedisServers } = await import('../workloads/redis-server.ts')
    return await withRedisServers(directory, (urls) =>
      measureAll([...comparisons, ...redisComparisons(settings, urls)], settings, measure),
    )
  })
  process.stdout.write(`${options.json ? JSON.stringify(report, null, 2) : storesTable(report, rounds)}\n`)
}

function checkRedis({ store, trace }: Options): void {
  if (!store.includes('redis')) return
  if (trace !== undefined) throw new InvalidArgumentError('--trace: redis does not replay traces')
  parse.needRedisServer('--store redis')
}

async function measureAll(
  comparisons: readonly Comparison[],
  settings: StoreSettings,
  measure: { rounds: number; roundMs: number; operations: number | undefined },
): Promise<Report> {
  const { directory, seed, entries, valueBytes } = settings
  const environment = { ...describeEnvironment(directory), ...measure, seed, entries, valueBytes }
  const steps = comparisons.map(({ entrants }) => stepsOf(entrants, measure.rounds))
  const progress = showProgress(steps.reduce((sum, each) => sum + each, 0))
  const limits: LimitRow[] = []
  const rows: Row[] = []
  try {
    for (const comparison of comparisons) {
      progress.say(comparison.title)
      const roundMs = measure.roundMs * (comparison.roundFactor ?? 1)
      const options = { ...measure, roundMs, onStep: progress.step }
      const measured = rowsOf(comparison, await compare(comparison.entrants, options))
      limits.push(...measured.limits)
      rows.push(...measured.rows)
    }
  } finally {
    progress.stop()
  }
  return { environment, limits, rows }
}
