/**
 * Arrows between packages run one way: apps → stores → core, and apps → conformance → core. A store's tests use conformance,
 * core's tests use neither, so the graph has no circle.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { dirname, join, relative, sep } from 'node:path'
import ts from 'typescript'
import { root, type WorkspacePackage, workspacePackages } from './lib/workspace.ts'

/** What a package may depend on: of the workspace at run time and in its tests, and of others at run time. */
interface Rule {
  readonly runtime: RegExp
  readonly tests: RegExp
  readonly thirdParty: readonly string[]
}

const NONE = /^$/
const ANY = /^@wt\//
const RUNNERS = ['vitest', 'node:test', '@jest/globals', 'jest', 'mocha']

function ruleFor({ group, manifest: { name } }: WorkspacePackage): Rule | undefined {
  if (name === '@wt/core') return { runtime: NONE, tests: NONE, thirdParty: [] }
  if (name === '@wt/conformance') {
    // Test runners are the peers of its adapters, found only by those who use one.
    return { runtime: /^@wt\/core$/, tests: /^@wt\/core$/, thirdParty: ['fast-check', ...RUNNERS] }
  }
  if (name.startsWith('@wt/store-')) {
    const thirdParty = name === '@wt/store-redis' ? ['redis', '@redis/client', 'ioredis'] : []
    return { runtime: /^@wt\/core$/, tests: /^@wt\/(core|conformance)$/, thirdParty }
  }
  return group === 'apps' ? { runtime: ANY, tests: ANY, thirdParty: ['*'] } : undefined
}

/** Every arrow that runs the wrong way below `base`, each a line. Reads the manifests and each import of `src` and `test`. */
export function wrongArrows(base: string = root): string[] {
  const packages = workspacePackages(base)
  return packages.flatMap((subject) => {
    const rule = ruleFor(subject)
    if (rule === undefined) return [`${subject.manifest.name}: no rule says what it may depend on; add one`]
    const wrong = [...wrongInManifest(subject, rule), ...wrongImports(subject, rule)]
    if (subject.manifest.name === '@wt/core') wrong.push(...builtinsReached(subject))
    if (subject.manifest.name === '@wt/conformance') wrong.push(...runnersOutsideAdapters(subject))
    return wrong.map((line) => `${subject.manifest.name}: ${line}`)
  })
}

function wrongInManifest({ manifest }: WorkspacePackage, rule: Rule): string[] {
  const { dependencies, peerDependencies, optionalDependencies, devDependencies } = manifest
  const wrong: string[] = []
  const runtime = { ...dependencies, ...peerDependencies, ...optionalDependencies }
  for (const name of Object.keys(runtime)) {
    if (!mayUse(name, rule.runtime, rule)) wrong.push(`package.json depends on ${name} at run time`)
  }
  if (Object.keys(dependencies ?? {}).some((name) => RUNNERS.includes(name))) {
    wrong.push('package.json has a test runner in dependencies; it is a peer')
  }
  for (const name of Object.keys(devDependencies ?? {})) {
    if (name.startsWith('@wt/') && !rule.tests.test(name)) wrong.push(`package.json develops with ${name}`)
  }
  return wrong
}

function wrongImports(subject: WorkspacePackage, rule: Rule): string[] {
  const { directory, manifest } = subject
  const runtime = { ...manifest.dependencies, ...manifest.peerDependencies, ...manifest.optionalDependencies }
  const wrong: string[] = []
  for (const folder of ['src', 'test']) {
    const declared = folder === 'src' ? runtime : { ...runtime, ...manifest.devDependencies }
    const workspace = folder === 'src' ? rule.runtime : rule.tests
    for (const file of sourceFiles(join(directory, folder))) {
      for (const specifier of importsOf(file)) {
        const where = `${shown(directory, file)} imports ${specifier}`
        if (specifier.startsWith('.')) {
          const target = relative(directory, join(dirname(file), specifier))
          if (target.startsWith('..')) wrong.push(`${where}, outside its package`)
          else if (folder === 'src' && !target.startsWith(`src${sep}`)) wrong.push(`${where}, outside src`)
          continue
        }
        const name = packageName(specifier)
        if (isBuiltin(specifier) || name === manifest.name) continue
        if (name.startsWith('@wt/') && !workspace.test(name)) wrong.push(where)
        else if (!Object.hasOwn(declared, name)) wrong.push(`${where}, which package.json does not list`)
      }
    }
  }
  return wrong
}

/** Core's main entry runs in browsers and workers: nothing that it reaches may ask for a Node built-in. */
function builtinsReached({ directory }: WorkspacePackage): string[] {
  const entry = join(directory, 'src', 'index.ts')
  if (!existsSync(entry)) return ['src/index.ts is missing']
  const reached = new Set([entry])
  const wrong: string[] = []
  for (const file of reached) {
    for (const specifier of importsOf(file)) {
      if (isBuiltin(specifier)) {
        wrong.push(`${shown(directory, file)}, which src/index.ts reaches, imports ${specifier}`)
      }
      if (!specifier.startsWith('.')) continue
      const target = join(dirname(file), specifier)
      if (existsSync(target)) reached.add(target)
      else wrong.push(`${shown(directory, file)} imports ${specifier}, which is no file`)
    }
  }
  return wrong
}

function runnersOutsideAdapters({ directory }: WorkspacePackage): string[] {
  const adapters = join(directory, 'src', 'adapters') + sep
  const wrong: string[] = []
  for (const file of sourceFiles(join(directory, 'src'))) {
    if (file.startsWith(adapters)) continue
    for (const specifier of importsOf(file)) {
      const where = `${shown(directory, file)} imports ${specifier}`
      if (RUNNERS.includes(packageName(specifier)))
        wrong.push(`${where}, a test runner, outside src/adapters`)
      if (specifier.startsWith('.') && join(dirname(file), specifier).startsWith(adapters)) {
        wrong.push(`${where}, an adapter that brings a test runner along`)
      }
    }
  }
  return wrong
}

/** What a file asks for: by import, export, `import()`, `require`, an import type, or `process.getBuiltinModule`. */
function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8')
  const imported = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName)
  const asked = [...text.matchAll(/getBuiltinModule\(\s*['"]([^'"]+)['"]/g)].map((match) => match[1]!)
  return [...imported, ...asked]
}

function sourceFiles(directory: string): string[] {
  if (!existsSync(directory)) return []
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[cm]?[jt]sx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !file.includes(`${sep}node_modules${sep}`))
}

function mayUse(name: string, workspace: RegExp, { thirdParty }: Rule): boolean {
  return name.startsWith('@wt/')
    ? workspace.test(name)
    : thirdParty.includes('*') || thirdParty.includes(name)
}

/** `@wt/core/node` is of `@wt/core`; `node:test` is itself. */
function packageName(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

function shown(directory: string, file: string): string {
  return relative(directory, file)
}

if (import.meta.main) {
  const wrong = wrongArrows()
  for (const line of wrong) console.error(line)
  if (wrong.length > 0) process.exitCode = 1
  else
    console.log(
      `dependency direction: ${workspacePackages().length} packages, every arrow runs the right way`,
    )
}
