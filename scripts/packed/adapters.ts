import { deepStrictEqual, equal, ok } from 'node:assert/strict'
import { cpSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Nodes } from '../check-packed.ts'
import { run, strangersEnvironment } from '../lib/run.ts'
import { root } from '../lib/workspace.ts'
import { install, newProject, tarballsOf } from './consumer.ts'

interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** A runner, how it is called on a file, and what it counted. */
interface Runner {
  readonly name: string
  readonly command: (file: string) => readonly [program: string, ...args: string[]]
  readonly counts: (output: string) => Counts
}

const RUNNERS: readonly Runner[] = [
  {
    name: 'node-test',
    command: (file) => ['node', '--test', '--test-reporter=tap', file],
    counts: (output) => {
      const count = (word: string) => Number(new RegExp(`^# ${word} (\\d+)$`, 'm').exec(output)?.[1])
      return { passed: count('pass'), failed: count('fail'), skipped: count('skipped') }
    },
  },
  {
    name: 'jest',
    command: (file) => {
      const config = JSON.stringify({ transform: {}, testMatch: [`**/${file}`] })
      const jest = join('node_modules', 'jest', 'bin', 'jest.js')
      return ['node', '--experimental-vm-modules', jest, '--json', '--config', config]
    },
    counts: (output) => {
      const report = JSON.parse(output)
      const { numPassedTests, numFailedTests, numPendingTests } = report
      return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests }
    },
  },
  {
    name: 'mocha',
    command: (file) => ['npx', 'mocha', '--reporter', 'json', file],
    counts: (output) => {
      const { stats } = JSON.parse(output)
      return { passed: stats.passes, failed: stats.failures, skipped: stats.pending }
    },
  },
]

/** Where the broken store is broken; the rest would only take time. */
const BROKEN_TOPIC = 'values'

/**
 * The runner itself, installed by somebody beside the suite, passes a good store case for case as the command line does, and
 * fails a broken one; on each Node version.
 */
export function checkAdapters(tarballs: ReadonlyMap<string, string>, nodes: Nodes, workshop: string): void {
  const project = newProject(join(workshop, 'adapters-'))
  cpSync(join(root, 'scripts', 'packed', 'suite'), project, { recursive: true })
  install(project, [...tarballsOf(tarballs, ['@wt/core', '@wt/conformance']), 'jest@30', 'mocha@12'])
  for (const { name } of RUNNERS) {
    for (const store of ['my-store', 'broken-store']) {
      const text = `import { testConformance } from '@wt/conformance/${name}'
import target from './${store}.conformance.js'

testConformance(target, ${store === 'broken-store' ? `{ topic: '${BROKEN_TOPIC}' }` : '{}'})
`
      writeFileSync(join(project, `${store}.${name}.js`), text)
    }
  }

  for (const bin of nodes.values()) {
    const env = strangersEnvironment(bin)
    const expected = ofCommandLine(project, env, './my-store.conformance.js', 0)
    const ofBroken = ofCommandLine(project, env, './broken-store.conformance.js', 1, [
      '--topic',
      BROKEN_TOPIC,
    ])
    ok(ofBroken.failed > 0, 'the command line passes a broken store')
    for (const { name, command, counts } of RUNNERS) {
      const [program, ...args] = command(`my-store.${name}.js`)
      deepStrictEqual(
        counts(run(program, args, { cwd: project, env })),
        expected,
        `${name} and the command line`,
      )
      const [again, ...argsOfBroken] = command(`broken-store.${name}.js`)
      // Mocha exits with the number of failures, the others with 1.
      const failures = ofBroken.failed
      const expectExit = name === 'mocha' ? failures : 1
      const output = run(again, argsOfBroken, { cwd: project, env, expectExit })
      equal(counts(output).failed, failures, `${name} on a broken store`)
    }
  }
}

function ofCommandLine(
  project: string,
  env: NodeJS.ProcessEnv,
  target: string,
  expectExit: number,
  options: readonly string[] = [],
): Counts {
  const args = ['wt-conformance', target, '--report', 'json', ...options]
  const { passed, failed, skipped } = JSON.parse(run('npx', args, { cwd: project, env, expectExit })).summary
  return { passed, failed, skipped }
}
