import { deepStrictEqual, equal, ok } from 'node:assert/strict'
import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Nodes } from '../check-packed.ts'
import { run, strangersEnvironment } from '../lib/run.ts'
import { root } from '../lib/workspace.ts'
import { install, newProject, tarballsOf } from './consumer.ts'

interface Summary {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly errors: number
  readonly timeouts: number
}

/**
 * Somebody wrote a store (`suite/map-store.js`) and installs the suite and vitest beside it. The vitest adapter and the command
 * line both pass it, case for case, and both fail a broken one, on each Node version.
 */
export function checkSuite(tarballs: ReadonlyMap<string, string>, nodes: Nodes, workshop: string): void {
  const project = newProject(join(workshop, 'suite-'))
  cpSync(join(root, 'scripts', 'packed', 'suite'), project, { recursive: true })
  const vitest = JSON.parse(readFileSync(join(root, 'node_modules', 'vitest', 'package.json'), 'utf8'))
  install(project, [...tarballsOf(tarballs, ['@wt/core', '@wt/conformance']), `vitest@${vitest.version}`])

  for (const [major, bin] of nodes) {
    const env = strangersEnvironment(bin)
    equal(run('node', ['--version'], { cwd: project, env }).split('.')[0], `v${major}`)
    const ofVitest = vitestSummary(project, env, 'my-store.test.js', 0)
    const ofCommand = commandSummary(project, env, './my-store.conformance.js', 0)
    ok(ofCommand.passed >= 20, `only ${ofCommand.passed} cases passed: where are the others?`)
    deepStrictEqual(ofCommand, ofVitest, 'the command line and the vitest adapter disagree')
    deepStrictEqual(commandSummary(project, env, './typed-store.conformance.ts', 0), ofCommand)

    ok(vitestSummary(project, env, 'broken-store.test.js', 1).failed > 0)
    ok(commandSummary(project, env, './broken-store.conformance.js', 1).failed > 0)
    run('npx', ['wt-conformance', './no-such-file.js'], { cwd: project, env, expectExit: 2 })
  }
}

function vitestSummary(project: string, env: NodeJS.ProcessEnv, file: string, expectExit: number): Summary {
  const output = join(project, 'vitest.json')
  run(
    'npx',
    ['vitest', 'run', file, '--reporter=default', '--reporter=json', `--outputFile.json=${output}`],
    {
      cwd: project,
      env,
      expectExit,
    },
  )
  const report = JSON.parse(readFileSync(output, 'utf8')) as {
    numPassedTests: number
    numFailedTests: number
    numPendingTests: number
  }
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests,
    skipped: report.numPendingTests,
    errors: 0,
    timeouts: 0,
  }
}

function commandSummary(
  project: string,
  env: NodeJS.ProcessEnv,
  target: string,
  expectExit: number,
): Summary {
  const args = ['wt-conformance', target, '--report', 'json']
  const report = JSON.parse(run('npx', args, { cwd: project, env, expectExit })) as { summary: Summary }
  return report.summary
}
