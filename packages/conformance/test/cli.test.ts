import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseArguments } from '../src/cli/arguments.ts'

const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
const memory = fileURLToPath(new URL('fixtures/memory.conformance.ts', import.meta.url))
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'conformance-test-'))
})
afterAll(() => rm(directory, { recursive: true }))

function run(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { cwd: directory }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr })
    })
  })
}

async function module(name: string, body: string): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, body)
  return path
}

const broken = `
class Broken {
  entries = new Map()
  store(key, value) { if (value === undefined) throw new TypeError(); this.entries.set(key, value) }
  load(key) { return this.entries.get(key) || undefined }
  remove(key) { return this.entries.delete(key) }
}
`
const target = `{ name: 'broken', values: 'json', capabilities: {}, open: () => new Broken() }`

test('a correct TypeScript target exits with 0, and the report has a line a case and the sums', async () => {
  const { code, stdout } = await run(memory, '--topic', 'contract', '--jobs', '2')
  expect(stdout).toContain('pass    contract/overwrites')
  expect(stdout).toContain('0 failed')
  expect(code).toBe(0)
})

test('--report json prints JSON alone, and --seed is in it', async () => {
  const { code, stdout } = await run(memory, '--case', 'keys/empty', '--report', 'json', '--seed', '42')
  const report = JSON.parse(stdout)
  expect(Object.keys(report)).toEqual(['target', 'capabilities', 'seed', 'summary', 'cases'])
  expect(report.seed).toBe(42)
  expect(report.summary).toEqual({ passed: 1, failed: 0, skipped: 0, errors: 0, timeouts: 0 })
  expect(report.cases).toEqual([
    {
      id: 'keys/empty',
      topic: 'keys',
      title: expect.any(String),
      verdict: 'pass',
      durationMs: expect.any(Number),
    },
  ])
  expect(code).toBe(0)
})

test('what a store prints does not end up in the report', async () => {
  const path = await module(
    'chatty.mjs',
    `${broken} export default { ...${target}, open() { console.log('opened'); return new Broken() } }`,
  )
  const { stdout, stderr } = await run(path, '--case', 'contract/overwrites', '--report', 'json')
  expect(JSON.parse(stdout).summary.passed).toBe(1)
  expect(stderr).toContain('opened')
})

test('--out writes the report to a file and leaves the standard output empty', async () => {
  const out = join(directory, 'report.json')
  const { code, stdout } = await run(memory, '--case', 'keys/empty', '--report', 'json', '--out', out)
  expect([code, stdout]).toEqual([0, ''])
  expect(JSON.parse(await readFile(out, 'utf8')).summary.passed).toBe(1)
})

test('a broken store exits with 1, and the command that the failure prints replays it', async () => {
  await module('broken.mjs', `${broken} export default ${target}`)
  const { code, stdout } = await run('./broken.mjs', '--seed', '3')
  expect(code).toBe(1)
  const replay = stdout.match(/replay: wt-conformance (.* --case values\/falsy --seed 3)/)
  const again = await run(...replay![1]!.split(' '))
  expect(again.code).toBe(1)
  expect(again.stdout).toContain('store("key", 0) -> undefined')
  expect(again.stdout).toContain('1 failed')
})

test('a rejection that the store leaves unhandled is told and is no success', async () => {
  const path = await module(
    'stray.mjs',
    `${broken} export default { ...${target}, open() { Promise.reject(new Error('lost')); return new Broken() } }`,
  )
  const { code, stdout, stderr } = await run(path, '--case', 'contract/overwrites')
  expect(code).toBe(1)
  expect(stdout).toContain('1 passed')
  expect(stderr).toContain('left unhandled: Error: lost')
})

test('a store that leaves a timer running does not keep the command from ending', async () => {
  const path = await module(
    'timer.mjs',
    `${broken} export default { ...${target}, open() { setInterval(() => {}, 1000); return new Broken() } }`,
  )
  expect((await run(path, '--case', 'contract/overwrites')).code).toBe(0)
})

test('what cannot be run exits with 2 and one line on the standard error', async () => {
  const shut = await module(
    'shut.mjs',
    `export default { name: 'shut', values: 'json', capabilities: {}, open() { throw new Error('no\\nhost') } }`,
  )
  const empty = await module('empty.mjs', 'export {}')
  const malformed = await module('malformed.mjs', 'export default { name: 1 }')
  const wrong: [args: string[], hint: string][] = [
    [['./nowhere.mjs'], 'nowhere.mjs cannot be imported'],
    [[empty], 'no default export'],
    [[malformed], 'capabilities'],
    [[shut], 'shut does not open'],
    [[memory, '--report', 'tap'], 'pretty or json, not tap'],
  ]
  for (const [args, hint] of wrong) {
    const { code, stdout, stderr } = await run(...args)
    const lines = stderr.trimEnd().split('\n').length
    expect({ args, code, stdout, lines }).toEqual({ args, code: 2, stdout: '', lines: 1 })
    expect(stderr).toContain(hint)
  }
})

test('arguments that mean nothing are refused by name', () => {
  const wrong: [args: string[], hint: string][] = [
    [[], 'TARGET'],
    [['one.js', 'two.js'], 'TARGET'],
    [['one.js', '--topic', 'kees'], 'no topic kees'],
    [['one.js', '--case', 'keys/none'], 'no case keys/none'],
    [['one.js', '--case', 'keys/dots', '--topic', 'model'], 'no case is of'],
    [['one.js', '--seed', '1.5'], '--seed'],
    [['one.js', '--jobs', '0'], '--jobs'],
    [['one.js', '--report', 'toString'], 'not toString'],
    [['one.js', '--colour'], '--colour'],
  ]
  for (const [args, hint] of wrong) expect(() => parseArguments(args), args.join(' ')).toThrow(hint)
  expect(parseArguments(['--help'])).toBe('help')
})
