import { equal } from 'node:assert/strict'
import { cpSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Nodes } from '../check-packed.ts'
import { run, strangersEnvironment } from '../lib/run.ts'
import { root } from '../lib/workspace.ts'
import { install, newProject, tarballsOf } from './consumer.ts'

const SEEDS = [1, 2, 3]

/** Correct stores of other make, over engines that somebody installs, pass all that they claim: the suite gives no false alarm. */
export function checkForeignStores(
  tarballs: ReadonlyMap<string, string>,
  nodes: Nodes,
  workshop: string,
): void {
  const project = newProject(join(workshop, 'foreign-'))
  for (const directory of ['suite', 'stores']) {
    const to = directory === 'suite' ? project : join(project, directory)
    cpSync(join(root, 'scripts', 'packed', directory), to, { recursive: true })
  }
  const engines = ['keyv@6', 'lmdb@3', 'classic-level@3']
  install(project, [...tarballsOf(tarballs, ['@wt/core', '@wt/conformance']), ...engines])
  const env = strangersEnvironment(nodes.get('24'))
  for (const file of readdirSync(join(project, 'stores')).filter((name) =>
    name.endsWith('.conformance.js'),
  )) {
    for (const seed of SEEDS) {
      const args = ['wt-conformance', `./stores/${file}`, '--seed', String(seed), '--report', 'json']
      const { summary } = JSON.parse(run('npx', args, { cwd: project, env }))
      equal(summary.failed + summary.errors + summary.timeouts, 0, `${file} with seed ${seed}`)
    }
  }
}
