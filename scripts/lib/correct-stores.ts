import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { run, strangersEnvironment } from './run.ts'
import { root } from './workspace.ts'

const ENGINES = ['keyv@6', 'lmdb@3', 'classic-level@3']
const OURS = [
  'store-memory/test/store-memory',
  'store-fs/test/store-fs-process',
  'store-fs/test/async-store-fs-process',
  'store-sqlite/test/store-sqlite-process',
  'store-sqlite/test/async-store-sqlite',
  'store-keyv/test/store-keyv',
  'store-unstorage/test/store-unstorage',
]
const OURS_ON_A_SERVER = ['store-redis/test/store-redis']

/** The targets of correct stores of many makes; what is installed for them goes into `project`. */
export function correctStores(project: string): string[] {
  const hasServer = spawnSync('redis-server', ['--version']).status === 0
  const ours = [...OURS, ...(hasServer ? OURS_ON_A_SERVER : [])]
  return [...foreignStores(project), ...ours.map((name) => join(root, 'packages', `${name}.conformance.ts`))]
}

/** What the file of a target calls it. */
export function storeOf(path: string): string {
  return basename(path).replace(/\.conformance\.[jt]s$/, '')
}

/** Installs the engines beside copies of the stores; where the copies are. */
function foreignStores(project: string): string[] {
  const stores = join(project, 'stores')
  cpSync(join(root, 'scripts', 'packed', 'stores'), stores, { recursive: true })
  cpSync(join(root, 'scripts', 'packed', 'suite'), project, { recursive: true })
  writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
  run('npm', ['install', '--no-audit', '--no-fund', ...ENGINES], {
    cwd: project,
    env: strangersEnvironment(),
  })
  mkdirSync(join(project, 'node_modules', '@wt'), { recursive: true })
  symlinkSync(join(root, 'packages', 'core'), join(project, 'node_modules', '@wt', 'core'))
  const files = readdirSync(stores).filter((name) => name.endsWith('.conformance.js'))
  return files.map((name) => join(stores, name))
}
