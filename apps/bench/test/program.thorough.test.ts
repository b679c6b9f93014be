import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const TINY = ['--rounds', '1', '--operations', '1', '--entries', '20']
/** Some fifty processes, one after the other: on a busy machine that takes its time. */
const MANY_PROCESSES_MS = 90_000
let directory: string

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'wt-bench-test-'))
  writeFileSync(join(directory, 'small.trace.gz'), gzipSync('* a comment\n1\n2\n1\n1\n3\n'))
  writeFileSync(join(directory, 'bad.trace'), '1\ntwo\n')
})

afterAll(() => {
  rmSync(directory, { recursive: true, force: true })
})

function start(parameters: readonly string[]): ChildProcess {
  // All of them compile the same files: once is enough.
  const env = { ...process.env, INIT_CWD: directory, NODE_COMPILE_CACHE: join(directory, 'compiled') }
  return spawn(process.execPath, ['--conditions=@wt/source', MAIN, ...parameters], {
    ...{ env, stdio: ['ignore', 'pipe', 'pipe'] },
  })
}

async function run(...parameters: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = start(parameters)
  const [out, err, [code]] = await Promise.all([
    text(child.stdout!),
    text(child.stderr!),
    once(child, 'close'),
  ])
  return { code: code as number, out, err }
}

test.concurrent.each([
  [['frobnicate'], 'frobnicate'],
  [['--bogus'], '--bogus'],
  [['stores', '--capacity', '0'], 'percentage'],
  [['--store', 'memory,disk'], 'memory, fs, sqlite, redis'],
  [['--store', 'redis', '--trace', 'small.trace.gz'], 'redis does not replay traces'],
  [['--policy', 'best'], 'fifo, lru'],
  [['--rounds', '-1'], 'positive integer'],
  [['--trace', 'absent.trace'], 'absent.trace cannot be read'],
  [['--trace', 'bad.trace'], 'line 2: "two" is no decimal key id'],
  [['--dir', 'absent', '--store', 'memory'], 'no directory can be made'],
  [['peers', '--bogus'], '--bogus'],
  [['peers', '--hazards', '--quick'], "'--hazards' cannot be used with option '--quick'"],
  [['peers', '--only', 'frobnicate'], 'no title has "frobnicate" in it: get, all hits'],
  [['policies'], '--trace'],
  [['policies', '--trace', 'absent.trace'], 'absent.trace cannot be read'],
  [['policies', '--trace', 'small.trace.gz', '--capacity', '1,0%'], 'percentage'],
  [['policies', '--trace', 'small.trace.gz', '--policy', 'lru,best'], 'adaptive, opt'],
])('the wrong arguments %j are told in one line, with exit code 2', async (parameters, says) => {
  const { code, out, err } = await run(...parameters)
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toMatch(/^bench: [^\n]+\n$/)
  expect(err).toContain(says)
})

test(
  '--json prints a report with a row for every store and workload, and nothing else',
  async () => {
    const { code, out, err } = await run('--json', '--quick', '--dir', '.', ...TINY)
    expect({ code, err }).toEqual({ code: 0, err: '' })
    const { environment, limits, rows } = JSON.parse(out)
    expect(environment).toMatchObject({ node: process.version, seed: 1, entries: 20, rounds: 1 })
    for (const name of ['date', 'cpu', 'platform']) expect(environment[name]).toEqual(expect.any(String))
    const said = rows.map((row: Record<string, string>) => `${row.store} ${row.durability} ${row.workload}`)
    expect(said).toContain('memory none get from the cache')
    expect(said).toContain('fs power put')
    expect(said).toContain('fs process put through a cache')
    expect(said).toContain('sqlite power batch put')
    expect(said).toContain('sqlite power reopen')
    expect(said).toContain('sqlite power put by one writer')
    expect(said).toContain('sqlite power put by 64 writers, groupCommit(SqliteStore)')
    expect(new Set(said).size).toBe(rows.length)
    for (const row of rows) {
      const { operationsPerSecond, ratioToLimit, latencyMs } = row
      for (const number of [
        operationsPerSecond,
        ratioToLimit,
        latencyMs.p50,
        latencyMs.p99,
        latencyMs.p999,
      ]) {
        expect(number, JSON.stringify(row)).toBeGreaterThan(0)
      }
      expect(limits.map(({ limit }: { limit: string }) => limit)).toContain(row.limit)
    }
    expect(readdirSync(directory).filter((name) => name.startsWith('wt-bench-'))).toEqual([])
  },
  MANY_PROCESSES_MS,
)

test('a trace is found from where the command was typed, and its rows say capacity, policy and hit ratio', async () => {
  const { code, out } = await run(
    ...[
      'stores',
      '--trace',
      'small.trace.gz',
      '--capacity',
      '34%',
      '--policy',
      'lru',
      '--rounds',
      '1',
      '--json',
    ],
  )
  expect(code).toBe(0)
  const rows: Record<string, unknown>[] = JSON.parse(out).rows
  expect(rows.map(({ store }) => store).sort()).toEqual(['fs', 'memory', 'sqlite'])
  // A third of three keys is one: of 1 2 1 1 3 only the third 1 finds itself.
  for (const row of rows)
    expect(row).toMatchObject({ capacity: 1, policy: 'lru', hitRatio: 0.2, workload: 'trace' })
})

test('without --json a table is printed, at most 120 columns wide, and no progress bar where there is no terminal', async () => {
  const { code, out, err } = await run('--trace', 'small.trace.gz', '--store', 'memory', '--rounds', '1')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toContain('memory, 20.0 % hits')
  for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
})

test('policies --json says the hit ratio of each policy and of the optimum, at each capacity, and nothing else', async () => {
  const parameters = ['--trace', 'small.trace.gz', '--capacity', '34%,2', '--policy', 'opt,lru', '--json']
  const { code, out, err } = await run('policies', ...parameters)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const rows = [
    // Of 1 2 1 1 3, one entry hits at the third 1; two hit at the second as well.
    { capacity: 1, policy: 'lru', hitRatio: 0.2 },
    { capacity: 1, policy: 'opt', hitRatio: 0.2 },
    { capacity: 2, policy: 'lru', hitRatio: 0.4 },
    { capacity: 2, policy: 'opt', hitRatio: 0.4 },
  ]
  expect(JSON.parse(out)).toEqual({ trace: 'small.trace.gz', requests: 5, uniqueKeys: 3, rows })
})

test('policies without --json prints a table with a row for every policy', async () => {
  const { code, out, err } = await run('policies', '--trace', 'small.trace.gz', '--capacity', '1,2')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  for (const policy of ['fifo', 'lru', 'sieve', 's3Fifo', 'wTinyLfu', 'adaptive', 'opt'])
    expect(out).toMatch(new RegExp(`^ +${policy} +20.0 % +40.0 %$`, 'm'))
})

test('Ctrl-C ends the measurement and leaves nothing behind', async () => {
  const child = start(['--store', 'sqlite', '--dir', '.'])
  const left = (): string[] => readdirSync(directory).filter((name) => name.startsWith('wt-bench-'))
  while (!left().some((name) => existsSync(join(directory, name, 'sqlite')))) {
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  child.kill('SIGINT')
  const [code] = await once(child, 'close')
  expect(code).toBe(130)
  expect(left()).toEqual([])
})
