/**
 * Installs each public package from its tarball with plain npm in an empty project outside the repository, and uses it there:
 * by `import` and by `require`, with its types, on each Node version that is supported.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packAll } from './lib/pack.ts'
import { run, strangersEnvironment } from './lib/run.ts'
import { root } from './lib/workspace.ts'
import { checkAdapters } from './packed/adapters.ts'
import { CONSUMERS, checkConsumer } from './packed/consumer.ts'
import { checkForeignStores } from './packed/foreign-stores.ts'
import { checkSuite } from './packed/suite.ts'
import { wrongInTarball } from './packed/tarball.ts'

/** A Node version by its major, and the directory of its `node`. */
export type Nodes = ReadonlyMap<string, string>

let failed = 0
const packed = packAll()
const workshop = mkdtempSync(join(tmpdir(), 'wt-outside-'))
try {
  const nodes = installNodes()
  for (const [name, tarball] of packed.tarballs) {
    check(`${name}: its tarball`, () => {
      const wrong = wrongInTarball(tarball)
      if (wrong.length > 0) throw new Error(wrong.join('\n'))
    })
    // A package that nobody tries out is a package that nobody checked.
    check(`${name}: has a consumer`, () => {
      if (!CONSUMERS.some(({ packages }) => packages.at(-1) === name)) {
        throw new Error(`add ${name} to CONSUMERS and a program for it in scripts/packed/consumers`)
      }
    })
  }
  for (const consumer of CONSUMERS) {
    check(`${consumer.packages.join(' + ')}: installed and used`, () =>
      checkConsumer(consumer, packed.tarballs, nodes, workshop),
    )
  }
  check('@wt/conformance: on a store of somebody else, with vitest', () =>
    checkSuite(packed.tarballs, nodes, workshop),
  )
  check('@wt/conformance: with node:test, jest and mocha', () =>
    checkAdapters(packed.tarballs, nodes, workshop),
  )
  check('@wt/conformance: on keyv, lmdb, classic-level and Maps, which pass', () =>
    checkForeignStores(packed.tarballs, nodes, workshop),
  )
} finally {
  rmSync(packed.directory, { recursive: true, force: true })
  rmSync(workshop, { recursive: true, force: true })
}
if (failed > 0) process.exitCode = 1

function check(title: string, body: () => void): void {
  const startMs = performance.now()
  try {
    body()
    console.log(`ok      ${title} (${((performance.now() - startMs) / 1000).toFixed(1)} s)`)
  } catch (error) {
    // Reported and counted, so that one run shows everything that is wrong.
    console.error(`FAILED  ${title}\n${(error as Error).message}`)
    failed++
  }
}

/** Node 24 is the workspace's own; Node 22, the oldest that is supported, comes from npm. */
function installNodes(): Nodes {
  const nodes = new Map([['24', join(root, 'node_modules', 'node', 'bin')]])
  const directory = mkdtempSync(join(workshop, 'node-'))
  run('npm', ['install', '--prefix', directory, '--no-save', '--no-audit', '--no-fund', 'node@22'], {
    cwd: directory,
    env: strangersEnvironment(),
  })
  nodes.set('22', join(directory, 'node_modules', 'node', 'bin'))
  for (const [major, bin] of nodes) {
    const version = run(join(bin, 'node'), ['--version'], { cwd: directory }).trim()
    if (!version.startsWith(`v${major}.`)) throw new Error(`Node ${major} is wanted, ${bin} has ${version}`)
    console.log(`Node ${major}: ${version}`)
  }
  return nodes
}
