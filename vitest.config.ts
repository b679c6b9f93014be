import { join } from 'node:path'
import { defineConfig } from 'vitest/config'

/** One project a package. Every test runs from `src/`, with no build before it. */
const packages = [
  ...['core', 'store-memory', 'store-fs', 'store-sqlite', 'store-keyv', 'store-unstorage', 'store-redis'],
  'conformance',
]
const apps = ['bench']
const conditions = ['@wt/source', 'node', 'import', 'module', 'default']

/** How imports are resolved: to sources. */
export const resolution = { resolve: { conditions }, ssr: { resolve: { conditions } } }

/** Tests that take long and find little that others do not: run by `test:thorough`, and by CI. */
const THOROUGH = 'test/**/*.thorough.test.ts'

export default defineConfig(({ mode }) => ({
  ...resolution,
  test: {
    env: {
      // A child process that a test starts must resolve sources too.
      NODE_OPTIONS: '--conditions=@wt/source',
      // Sources stripped of their types once serve all processes and threads. Node 24 may abort a process in which many
      // threads that strip types come and go ("Check failed: jit_page.has_value()").
      NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/node'),
    },
    // Of the same abort.
    execArgv: ['--no-memory-protection-keys'],
    testTimeout: 60_000,
    maxWorkers: '100%',
    projects: [
      ...packages.map((name) => [name, `packages/${name}`] as const),
      ...apps.map((name) => [name, `apps/${name}`] as const),
      ['scripts', 'scripts'] as const,
    ].map(([name, root]) => ({
      extends: true as const,
      test:
        mode === 'thorough'
          ? { name, root, include: [THOROUGH] }
          : { name, root, include: ['test/**/*.test.ts'], exclude: [THOROUGH] },
    })),
  },
}))
