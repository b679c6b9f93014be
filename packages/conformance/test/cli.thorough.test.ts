import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { parseArguments } from '../src/cli/arguments.ts'
import { cases } from '../src/index.ts'

const main = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))
const memory = fileURLToPath(new URL('fixtures/memory.conformance.ts', import.meta.url))
let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'conformance-test-'))
})
afterAll(() => rm(directory, { recursive: true }))

/** Each starts processes, which takes seconds on a busy machine. */
vi.setConfig({ testTimeout: 120_000 })

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

test('a rejection that the store leaves unhandled fails the case that ran', async () => {
  const path = await module(
    'stray.mjs',
    `${broken} export default { ...${target}, open() { Promise.reject(new Error('lost')); return new Broken() } }`,
  )
  const { code, stdout } = await run(path, '--case', 'contract/overwrites')
  expect(code).toBe(1)
  expect(stdout).toContain('left unhandled: Error: lost')
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
    [[memory, '--report', 'xml'], 'badge, not xml'],
    [['init', '.', '--report', 'pretty', '--nothing'], '--nothing'],
    [[memory, '--replay', 'nowhere.json'], '--replay takes ID@SEED'],
  ]
  for (const [args, hint] of wrong) {
    const { code, stdout, stderr } = await run(...args)
    const lines = stderr.trimEnd().split('\n').length
    expect({ args, code, stdout, lines }).toEqual({ args, code: 2, stdout: '', lines: 1 })
    expect(stderr).toContain(hint)
  }
})

test('a store that hangs, ends or floods its process fails that case, and the others go on', async () => {
  const path = await module(
    'hostile.mjs',
    `${broken}
class Hostile extends Broken {
  store(key, value) {
    if (key === 'never stored') return
    if (key === 'one') { for (;;); }
    if (key === 'two') throw new Error()
    super.store(key, value)
  }
  load(key) {
    if (key === 'absent') process.exit(3)
    return super.load(key)
  }
  remove(key) {
    if (key === 'never stored') { const all = []; for (;;) all.push(new Array(1e6).fill(all.length)) }
    return super.remove(key)
  }
}
export default { ...${target}, capabilities: { sync: true }, open: () => new Hostile() }`,
  )
  const ids = ['absent-is-undefined', 'keeps-keys-apart', 'remove-tells-whether-it-existed', 'overwrites']
  const args = ids.flatMap((id) => ['--case', `contract/${id}`])
  const limits = ['--timeout-ms', '300', '--memory-mb', '64', '--jobs', '2', '--report', 'json']
  const { code, stdout } = await run(path, ...args, ...limits)
  const results = new Map<string, { verdict: string; message: string }>(
    JSON.parse(stdout).cases.map((each: { id: string }) => [each.id.split('/')[1], each]),
  )
  expect(code).toBe(1)
  expect(results.get('absent-is-undefined')).toMatchObject({
    verdict: 'fail',
    message: expect.stringContaining('ended the process, with exit code 3'),
  })
  expect(results.get('keeps-keys-apart')).toMatchObject({ verdict: 'timeout' })
  expect(results.get('remove-tells-whether-it-existed')).toMatchObject({
    verdict: 'fail',
    message: expect.stringContaining('memory'),
  })
  expect(results.get('overwrites')).toMatchObject({ verdict: 'pass' })
})

test('an error thrown out of a timer fails the case that ran', async () => {
  const path = await module(
    'timer-error.mjs',
    `${broken} class Late extends Broken { load() { setTimeout(() => { throw new Error('late') }) } }
export default { ...${target}, open: () => new Late() }`,
  )
  const { code, stdout } = await run(path, '--case', 'contract/absent-is-undefined')
  expect(code).toBe(1)
  expect(stdout).toContain('nobody could catch: Error: late')
})

test('--list shows every case with what it needs, of all topics or of one', async () => {
  const { code, stdout } = await run('--list')
  expect(code).toBe(0)
  expect(stdout).toContain(`${cases.length} cases`)
  expect(stdout).toContain('keys/lone-surrogates-are-invalid')
  expect((await run('--list', '--topic', 'model')).stdout).not.toContain('keys/')
})

test('--replay runs what did not pass in a report again, with its seed; or one case by id and seed', async () => {
  const path = await module('again.mjs', `${broken} export default ${target}`)
  const out = join(directory, 'failed.json')
  await run(path, '--topic', 'values', '--seed', '5', '--report', 'json', '--out', out)
  const again = JSON.parse((await run(path, '--replay', out, '--report', 'json')).stdout)
  expect(again).toMatchObject({ seed: 5, summary: { passed: 0, skipped: 0 } })
  expect(again.cases.map(({ id }: { id: string }) => id)).toContain('values/falsy')
  const one = JSON.parse((await run(path, '--replay', 'values/falsy@9', '--report', 'json')).stdout)
  expect(one).toMatchObject({ seed: 9, summary: { failed: 1 } })
})

test('--against shows the smallest history in which two targets differ, and no difference where there is none', async () => {
  const path = await module('different.mjs', `${broken} export default ${target}`)
  const right = await module(
    'right.mjs',
    `${broken} class Right extends Broken { load(key) { return this.entries.get(key) } }
export default { ...${target}, name: 'right', open: () => new Right() }`,
  )
  expect(await run(right, '--against', right)).toMatchObject({
    code: 0,
    stdout: expect.stringContaining('answered the same'),
  })
  const wrong = await module(
    'wrong.mjs',
    `${broken} class Wrong extends Broken { remove(key) { this.entries.delete(key); return true } }
export default { ...${target}, name: 'wrong', open: () => new Wrong() }`,
  )
  const { code, stdout } = await run(path, '--against', wrong)
  expect(code).toBe(1)
  expect(stdout).toMatch(
    /broken and wrong differ \(seed 1\):\n {2}1\. remove\(.*\n.*\n {2}broken: false\n {2}wrong: true/,
  )
})

test('init writes a store that opens and fails where it is not written, and overwrites nothing', async () => {
  const fresh = join(directory, 'fresh')
  expect((await run('init', fresh)).code).toBe(0)
  const scope = join(fresh, 'node_modules', '@wt')
  await mkdir(scope, { recursive: true })
  const packages = fileURLToPath(new URL('../../', import.meta.url))
  for (const name of ['core', 'conformance']) await symlink(join(packages, name), join(scope, name))
  const report = await run(join(fresh, 'my-store.conformance.ts'), '--topic', 'contract', '--report', 'json')
  const verdicts = new Map<string, string>(
    JSON.parse(report.stdout).cases.map(({ id, verdict }: Record<string, string>) => [id, verdict]),
  )
  expect(verdicts.get('contract/reads-its-writes')).toBe('fail')
  expect(verdicts.get('contract/undefined-is-no-value')).toBe('fail')
  expect(verdicts.get('contract/claimed-methods-exist')).toBe('pass')
  expect(report.stdout).toContain('store is not written yet')
  expect(await run('init', fresh)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('exists already'),
  })
})

test('arguments that mean nothing are refused by name', async () => {
  const wrong: [args: string[], hint: string][] = [
    [[], 'TARGET'],
    [['one.js', 'two.js'], 'TARGET'],
    [['one.js', '--topic', 'kees'], 'no topic kees'],
    [['one.js', '--case', 'keys/none'], 'no case keys/none'],
    [['one.js', '--case', 'keys/dots', '--topic', 'model'], 'no case is of'],
    [['one.js', '--seed', '1.5'], '--seed'],
    [['one.js', '--jobs', '0'], '--jobs'],
    [['one.js', '--timeout-ms', 'soon'], '--timeout-ms'],
    [['one.js', '--thorough', '-1'], '--thorough'],
    [['one.js', '--report', 'toString'], 'not toString'],
    [['one.js', '--colour'], '--colour'],
  ]
  for (const [args, hint] of wrong) {
    await expect(parseArguments(args), args.join(' ')).rejects.toThrow(hint)
  }
  expect(await parseArguments(['--help'])).toEqual({ do: 'help' })
})
