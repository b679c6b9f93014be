/**
 * Changes the sources of both caches, of their coordination and of their table in small ways, one at a time, and says which
 * changes no test noticed: `pnpm mutation`, or `pnpm mutation --minutes 40 --seed 2` for as many as fit, in an order by seed.
 * What it found last, and why what survived may, stands in docs/measurements/mutation.md.
 */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { randomFrom } from '../packages/core/test/histories/simulated-store.ts'
import { type GeneratedMutant, generatedMutants } from './lib/generated-mutants.ts'
import { type MutantJob, MutantRunner } from './lib/mutant-runner.ts'
import { root } from './lib/workspace.ts'

const core = join(root, 'packages', 'core')
const SOURCES = 'src/{{async-,}write-through-cache,coordination/*,residence/*}.ts'
const TIMEOUT_MS = 120_000

const SYNC = [
  'write-through-cache',
  're-entrance',
  'bulk',
  'coherence',
  'observer',
  'ages',
  'weights',
  'isolate',
]
const ASYNC = ['protocol', 'async-write-through-cache', 'ages', 'coherence', 'weights', 'isolate']
const HISTORIES = ['interleavings', 'linearizability']

/** The tests that a source has to fear, the quick ones first. */
function testsOf(file: string): MutantJob['tests'] {
  const isSync = /generations|sync-operations|src\/write-through/.test(file) && !file.includes('async-')
  const both = [...new Set([...SYNC, ...ASYNC]), 'residence/wide-map', 'model', ...HISTORIES]
  const names = isSync
    ? [...SYNC, 'protocol', 'model']
    : file.includes('residence/')
      ? both
      : [...ASYNC, ...HISTORIES]
  return names.map((name) => ({ file: `test/${name}.test.ts` }))
}

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    only: { type: 'string', default: '' },
  },
})
const endsAt = Date.now() + Number(values.minutes) * 60_000
const random = randomFrom(Number(values.seed))
const all = globSync(SOURCES, { cwd: core })
  .filter((file) => file.includes(values.only))
  .sort()
  .flatMap((file) =>
    generatedMutants(file, readFileSync(join(core, file), 'utf8')).map((mutant) => ({ file, mutant })),
  )
  .map((each) => ({ ...each, place: random(2 ** 31) }))
  .sort((a, b) => a.place - b.place)

const runner = new MutantRunner()
const tally = new Map<string, { killed: number; survived: number }>()
for (const [index, { file, mutant }] of all.entries()) {
  if (Date.now() > endsAt) break
  const { text } = mutant
  const verdict = await runner.run({ file, text, tests: testsOf(file) }, TIMEOUT_MS)
  const survived = verdict !== 'timeout' && verdict.failed.length === 0
  const count = tally.get(file) ?? { killed: 0, survived: 0 }
  count[survived ? 'survived' : 'killed']++
  tally.set(file, count)
  if (survived) console.log(`survived: ${told(file, mutant)}`)
  if (index % 20 === 19) console.error(`${index + 1} of ${all.length}`)
}
runner.close()

console.log('\n| source | killed | survived |\n|---|---|---|')
for (const [file, { killed, survived }] of tally) console.log(`| ${file} | ${killed} | ${survived} |`)

function told(file: string, { line, member, original, mutated }: GeneratedMutant): string {
  const short = (text: string) => text.replace(/\s+/g, ' ')
  return `${file}:${line} ${member}: \`${short(original)}\` → \`${short(mutated)}\``
}
