/**
 * Runs every `ts` and `js` code block of README.md, the README.md of each public package and docs/write-a-store.md as a
 * program of its own, in an empty directory, from the sources, and type-checks the `ts` ones. What should not run stands below
 * `<!-- not run: why -->`.
 *
 * A block whose first line is a comment with a file name (`// my-store.ts`) is saved under that name for the blocks that follow
 * to import; a name that ends in `.test.ts` or `.test.js` is run by vitest.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join, relative } from 'node:path'
import { type CodeBlock, runnableBlocks } from './lib/code-blocks.ts'
import { run } from './lib/run.ts'
import { root, workspacePackages } from './lib/workspace.ts'

/** A block that runs the conformance suite takes seconds, and longer where other checks run beside it. */
const THREE_MINUTES_MS = 180_000
const SOURCES = '--conditions=@wt/source'

let blocks = 0
let failed = 0
const packages = workspacePackages().filter(({ manifest }) => !manifest.private)
for (const directory of [root, ...packages.map((subject) => subject.directory)]) {
  checkPage(join(directory, 'README.md'), directory)
}
checkPage(join(root, 'docs', 'write-a-store.md'), root)
console.log(`${blocks} code blocks run, ${failed} failed`)
if (failed > 0) process.exitCode = 1

/** Runs the blocks of a page, below the directory of the package that it is about. */
function checkPage(readme: string, directory: string): void {
  const name = relative(root, readme)
  if (!existsSync(readme)) {
    fail(`${name} is missing`)
    return
  }

  // Below the README's own package, for what only that one has installed.
  const workshop = join(directory, '.readme-blocks')
  rmSync(workshop, { recursive: true, force: true })
  try {
    layOut(workshop)
    for (const block of runnableBlocks(readFileSync(readme, 'utf8'))) {
      blocks++
      attempt(`${name}:${block.line}`, () => runBlock(block, workshop))
    }
    attempt(`${name}: types`, () => checkTypes(workshop))
  } finally {
    rmSync(workshop, { recursive: true, force: true })
  }
}

/** A project in which every public package is found by its name. */
function layOut(workshop: string): void {
  mkdirSync(join(workshop, 'node_modules', '@wt'), { recursive: true })
  for (const { manifest, directory } of packages) {
    symlinkSync(directory, join(workshop, 'node_modules', manifest.name), 'dir')
  }
  writeFileSync(join(workshop, 'package.json'), '{ "private": true, "type": "module" }\n')
  const config = {
    extends: relative(workshop, join(root, 'tsconfig.base.json')),
    include: ['*.ts'],
    compilerOptions: {
      types: ['node'],
      typeRoots: [join(root, 'node_modules', '@types')],
      // A reader's program is no library, and may leave a value unused.
      isolatedDeclarations: false,
      declaration: false,
      noUnusedLocals: false,
      noUnusedParameters: false,
    },
  }
  writeFileSync(join(workshop, 'tsconfig.json'), JSON.stringify(config))
  // One without projects, so that vitest looks for no other.
  const vitest = `export default { resolve: { conditions: ['@wt/source', 'node', 'import', 'module', 'default'] },
  ssr: { resolve: { conditions: ['@wt/source', 'node', 'import', 'module', 'default'] } } }\n`
  writeFileSync(join(workshop, 'vitest.config.mjs'), vitest)
}

function runBlock(block: CodeBlock, workshop: string): void {
  const file = join(workshop, block.fileName ?? `line-${block.line}.${block.extension}`)
  writeFileSync(file, block.text)
  // Not in the repository: a block may write files beside it.
  const cwd = mkdtempSync(join(tmpdir(), 'wt-readme-'))
  const options = { timeoutMs: THREE_MINUTES_MS, env: { ...process.env, NODE_OPTIONS: SOURCES } }
  try {
    if (/\.test\.[jt]s$/.test(file)) {
      const vitest = join(root, 'node_modules', '.bin', 'vitest')
      run(vitest, ['run', '--root', workshop, basename(file)], { ...options, cwd: workshop })
    } else {
      run(process.execPath, [file], { ...options, cwd })
    }
  } finally {
    rmSync(cwd, { recursive: true, force: true })
  }
}

function checkTypes(workshop: string): void {
  // An include that finds no file is an error to tsc; a README without code is none.
  writeFileSync(join(workshop, 'nothing.ts'), 'export {}\n')
  run(join(root, 'node_modules', '.bin', 'tsc'), ['-p', workshop], { cwd: workshop })
}

function attempt(what: string, body: () => void): void {
  try {
    body()
    console.log(`ok      ${what}`)
  } catch (error) {
    // Reported and counted, so that one run shows every block that does not work.
    fail(`${what}\n${(error as Error).message}`)
  }
}

function fail(what: string): void {
  console.error(`FAILED  ${what}`)
  failed++
}
