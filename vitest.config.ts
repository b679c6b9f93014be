import { defineConfig } from 'vitest/config'

/** One project a package. Every test runs from `src/`, with no build before it. */
const packages = ['core', 'store-memory', 'store-fs', 'store-sqlite', 'store-keyv', 'store-unstorage', 'conformance']
const apps = ['bench']
const conditions = ['@wt/source', 'node', 'import', 'module', 'default']

function project(name: string, root: string) {
  return {
    extends: true as const,
    test: { name, root, include: ['test/**/*.test.ts'] },
  }
}

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // A child process that a test starts must resolve sources too.
    env: { NODE_OPTIONS: '--conditions=@wt/source' },
    testTimeout: 30_000,
    projects: [
      ...packages.map((name) => project(name, `packages/${name}`)),
      ...apps.map((name) => project(name, `apps/${name}`)),
      project('scripts', 'scripts'),
    ],
  },
})
