/** A process that runs tests of core with a mutant in place of the source, when its parent asks: see `mutant-runner.ts`. */
import { join } from 'node:path'
import { createVitest, type TestModule, type TestSpecification, type Vitest } from 'vitest/node'
import { resolution } from '../../vitest.config.ts'
import type { MutantJob, MutantVerdict } from './mutant-runner.ts'
import { root } from './workspace.ts'

const core = join(root, 'packages', 'core')
let mutated: { readonly path: string; readonly text: string } | undefined

const vitest: Vitest = await createVitest(
  {
    config: false,
    root: core,
    include: ['test/**/*.test.ts'],
    watch: false,
    reporters: [{}],
    bail: 1,
    maxWorkers: 1,
    // It is told by the file on the disk, which stays as it is.
    fsModuleCache: false,
    testTimeout: 5000,
  },
  {
    ...resolution,
    plugins: [
      {
        name: 'mutant',
        enforce: 'pre',
        transform: (_code: string, id: string) => (id === mutated?.path ? mutated.text : undefined),
      },
    ],
  },
)

process.on('message', (job: MutantJob) => void run(job).then((verdict) => process.send!(verdict)))
process.on('disconnect', () => process.exit())

async function run({ file, text, tests }: MutantJob): Promise<MutantVerdict> {
  const path = join(core, file)
  if (mutated !== undefined) vitest.invalidateFile(mutated.path)
  mutated = text === undefined ? undefined : { path, text }
  vitest.invalidateFile(path)
  let passed: string[] = []
  // One file after the other, so that those behind are spared when one before has failed.
  for (const test of tests) {
    const { testModules, unhandledErrors } = await vitest.runTestSpecifications([specification(test)])
    // Those that ran before are told too.
    const modules = testModules.filter(({ moduleId }) => moduleId === join(core, test.file))
    const failed = modules.flatMap(failures)
    if (failed.length > 0) return { failed, passed }
    if (unhandledErrors.length > 0) return { failed: [`${test.file}: an unhandled error`], passed }
    passed = passed.concat(modules.flatMap((module) => names(module, 'passed')))
  }
  return { failed: [], passed }
}

function specification({ file, name }: MutantJob['tests'][number]): TestSpecification {
  const options = name === undefined ? undefined : { testNamePattern: new RegExp(`^${literally(name)}$`) }
  return vitest.getRootProject().createSpecification(join(core, file), options)
}

function failures(module: TestModule): string[] {
  const failed = names(module, 'failed')
  return failed.length > 0 || module.ok() ? failed : [`${module.relativeModuleId}: it could not be loaded`]
}

function names(module: TestModule, state: 'passed' | 'failed'): string[] {
  return [...module.children.allTests(state)].map(({ fullName }) => fullName)
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
