/**
 * Takes the rules of core's protocol away, one at a time, and runs the one test that is to notice: `pnpm mutants`, or
 * `pnpm mutants reads/` for those whose name has that in it. Fails when a test does not notice, when a rule or its test is
 * no longer there, or when a rule stands in two places.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Mutant, mutants } from '../packages/core/test/mutants/mutants.ts'
import { MutantRunner } from './lib/mutant-runner.ts'
import { root } from './lib/workspace.ts'

const core = join(root, 'packages', 'core')
const TIMEOUT_MS = 60_000

const [filter = ''] = process.argv.slice(2)
const chosen = mutants.filter(({ id }) => id.includes(filter))
if (chosen.length === 0) throw new Error(`no mutant is called ${filter}`)

const runner = new MutantRunner()
const complaints: string[] = await missingTests(chosen)
for (const [index, mutant] of chosen.entries()) {
  complaints.push(...(await judged(mutant)))
  if (index % 20 === 19) console.log(`${index + 1} of ${chosen.length}`)
}
runner.close()

for (const complaint of complaints) console.error(complaint)
console.log(`${chosen.length} mutants, ${complaints.length} complaints`)
if (complaints.length > 0) process.exitCode = 1

/** What is wrong with a mutant, if anything. */
async function judged({ id, file, find, replace, rule, killedBy }: Mutant): Promise<string[]> {
  const source = readFileSync(join(core, file), 'utf8')
  const places = source.split(find).length - 1
  if (places !== 1) return [`${id}: what it replaces stands in ${places} places of ${file}, not in one`]
  const text = source.replace(find, () => replace)
  const verdict = await runner.run({ file, text, tests: [killedBy] }, TIMEOUT_MS)
  if (verdict === 'timeout' || verdict.failed.length > 0) return []
  return [`${id} survives ${killedBy.file}, "${killedBy.name}". Its rule: ${rule}`]
}

/** A test that no longer exists would kill nothing; one that fails without a mutant would kill everything. */
async function missingTests(subjects: readonly Mutant[]): Promise<string[]> {
  const complaints: string[] = []
  for (const file of new Set(subjects.map(({ killedBy }) => killedBy.file))) {
    const names = new Set(
      subjects.filter(({ killedBy }) => killedBy.file === file).map(({ killedBy }) => killedBy.name),
    )
    const tests = [...names].map((name) => ({ file, name }))
    const verdict = await runner.run({ file: subjects[0]!.file, tests }, 10 * TIMEOUT_MS)
    if (verdict === 'timeout') complaints.push(`${file}: it does not end, also without a mutant`)
    else {
      for (const name of verdict.failed) complaints.push(`${file}, "${name}" fails, also without a mutant`)
      for (const name of names) {
        const passed = verdict.failed.length > 0 || verdict.passed.includes(name)
        if (!passed) complaints.push(`${file} has no test "${name}"`)
      }
    }
  }
  return complaints
}
