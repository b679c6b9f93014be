import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Nodes } from '../check-packed.ts'
import { run, strangersEnvironment } from '../lib/run.ts'
import { root } from '../lib/workspace.ts'

/** Somebody who installs some packages and writes one program, `consumers/<program>.ts`. */
export interface Consumer {
  readonly program: string
  /** What they install, the package this is about last. */
  readonly packages: readonly string[]
  /** What comes along, and nothing else may. */
  readonly bringsAlong?: readonly string[]
  /** A second program, which is compiled as in a browser: without the types of Node. */
  readonly browserProgram?: string
}

export const CONSUMERS: readonly Consumer[] = [
  { program: 'core', packages: ['@wt/core'], browserProgram: 'core-in-a-browser' },
  { program: 'store-memory', packages: ['@wt/core', '@wt/store-memory'] },
  { program: 'store-fs', packages: ['@wt/core', '@wt/store-fs'] },
  { program: 'store-sqlite', packages: ['@wt/core', '@wt/store-sqlite'] },
  { program: 'store-keyv', packages: ['@wt/core', '@wt/store-keyv'] },
  { program: 'store-unstorage', packages: ['@wt/core', '@wt/store-unstorage'] },
  {
    program: 'store-redis',
    packages: ['@wt/core', '@wt/store-redis'],
    bringsAlong: ['@redis/client'],
  },
  {
    program: 'conformance',
    packages: ['@wt/core', '@wt/conformance'],
    bringsAlong: ['fast-check', 'pure-rand'],
  },
]

/**
 * Compiles the program in their project as a module, as CommonJS, and for a bundler, with the declarations themselves checked,
 * then runs what came out on each Node version. Throws at the first thing that is wrong.
 */
export function checkConsumer(
  { program, packages, bringsAlong = [], browserProgram }: Consumer,
  tarballs: ReadonlyMap<string, string>,
  nodes: Nodes,
  workshop: string,
): void {
  const project = newProject(join(workshop, `${program}-`))
  install(project, tarballsOf(tarballs, packages))
  const installed = installedIn(project)
  const wanted = [...packages, ...bringsAlong].sort()
  if (installed.join() !== wanted.join()) {
    throw new Error(`npm installed ${installed.join(', ')}; it should be ${wanted.join(', ')}`)
  }

  for (const extension of ['mts', 'cts', 'ts']) copyProgram(program, join(project, `program.${extension}`))
  compile(project, ['program.mts', 'program.cts'], { module: 'nodenext', outDir: 'out' })
  const bundler = { module: 'esnext', moduleResolution: 'bundler', noEmit: true }
  compile(project, ['program.ts'], bundler)
  if (browserProgram !== undefined) {
    copyProgram(browserProgram, join(project, 'browser.ts'))
    compile(project, ['browser.ts'], { ...bundler, lib: ['es2024', 'esnext.disposable', 'dom'], types: [] })
  }

  for (const bin of nodes.values()) {
    for (const compiled of ['program.mjs', 'program.cjs']) {
      run('node', [join('out', compiled)], { cwd: project, env: strangersEnvironment(bin) })
    }
  }
}

/** An empty project: nothing but a package.json. */
export function newProject(prefix: string): string {
  const project = mkdtempSync(prefix)
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n')
  return project
}

export function tarballsOf(tarballs: ReadonlyMap<string, string>, packages: readonly string[]): string[] {
  return packages.map((name) => {
    const tarball = tarballs.get(name)
    if (tarball === undefined) throw new Error(`${name} was not packed`)
    return tarball
  })
}

export function install(project: string, what: readonly string[]): void {
  run('npm', ['install', '--no-audit', '--no-fund', ...what], { cwd: project, env: strangersEnvironment() })
}

/** The names of all packages in the project's `node_modules`, sorted. */
function installedIn(project: string): string[] {
  const lock = readFileSync(join(project, 'node_modules', '.package-lock.json'), 'utf8')
  const { packages } = JSON.parse(lock) as { packages: Record<string, unknown> }
  return Object.keys(packages)
    .map((path) => path.replace(/^node_modules\//, ''))
    .sort()
}

function copyProgram(name: string, to: string): void {
  copyFileSync(join(root, 'scripts', 'packed', 'consumers', `${name}.ts`), to)
}

function compile(project: string, files: string[], options: Record<string, unknown>): void {
  const config = {
    files,
    compilerOptions: {
      target: 'es2022',
      lib: ['es2024', 'esnext.disposable'],
      strict: true,
      exactOptionalPropertyTypes: true,
      // Ours are checked, those of the language are not.
      skipLibCheck: false,
      skipDefaultLibCheck: true,
      // The one thing of the repository: the types of Node, which such a project has.
      typeRoots: [join(root, 'node_modules', '@types')],
      types: ['node'],
      ...options,
    },
  }
  const path = join(project, `tsconfig.${String(options.module)}.json`)
  writeFileSync(path, JSON.stringify(config))
  run(join(root, 'node_modules', '.bin', 'tsc'), ['-p', path], { cwd: project })
}
