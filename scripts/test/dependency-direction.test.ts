import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { wrongArrows } from '../check-dependency-direction.ts'

let base: string

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'wt-arrows-'))
  manifest('packages/core', { name: '@wt/core' })
  write('packages/core/src/index.ts', "export * from './cache.ts'")
  write('packages/core/src/cache.ts', 'export const cache = 1')
  write('packages/core/src/node.ts', "import 'node:v8'")
  manifest('packages/store-a', {
    name: '@wt/store-a',
    dependencies: { '@wt/core': '1' },
    devDependencies: { '@wt/conformance': '1' },
  })
  write('packages/store-a/src/index.ts', "import { cache } from '@wt/core'\nimport 'node:fs'")
  write('packages/store-a/test/a.test.ts', "import '@wt/conformance/vitest'")
  manifest('packages/store-b', { name: '@wt/store-b', dependencies: { '@wt/core': '1' } })
  manifest('packages/conformance', {
    name: '@wt/conformance',
    dependencies: { '@wt/core': '1', 'fast-check': '1' },
    peerDependencies: { vitest: '1' },
  })
  write('packages/conformance/src/index.ts', "import 'fast-check'\nimport '@wt/core'")
  write('packages/conformance/src/adapters/vitest.ts', "import 'vitest'")
  manifest('apps/bench', {
    name: '@wt/bench',
    dependencies: { '@wt/store-a': '1', '@wt/store-b': '1', commander: '1' },
  })
  write('apps/bench/src/main.ts', "import '@wt/store-a'\nimport '@wt/store-b'\nimport 'commander'")
})

afterEach(() => rmSync(base, { recursive: true }))

test('arrows that run the right way are none of its business', () => {
  expect(wrongArrows(base)).toEqual([])
})

test.each([
  ['a store that imports a store', 'packages/store-a/src/index.ts', "import '@wt/store-b'"],
  ['a store whose tests import a store', 'packages/store-a/test/a.test.ts', "import '@wt/store-b'"],
  ['a store that ships the suite', 'packages/store-a/src/index.ts', "import '@wt/conformance'"],
  ['a store that imports what it does not list', 'packages/store-a/src/index.ts', "import 'lodash'"],
  ['an import of a type alone', 'packages/store-a/src/index.ts', "import type { T } from '@wt/store-b'"],
  ['an import at run time', 'packages/store-a/src/index.ts', "await import('@wt/store-b')"],
  ['a path into another package', 'packages/store-a/src/index.ts', "import '../../store-b/src/index.ts'"],
  ['a path from src into test', 'packages/store-a/src/index.ts', "import '../test/a.test.ts'"],
  ['core that imports a store', 'packages/core/src/cache.ts', "export * from '@wt/store-a'"],
  ['core whose tests import a store', 'packages/core/test/x.test.ts', "import '@wt/store-a'"],
  ['core whose tests import the suite', 'packages/core/test/x.test.ts', "import '@wt/conformance'"],
  ['core whose main entry reaches a built-in', 'packages/core/src/cache.ts', "import 'node:util'"],
  ['core that reaches a built-in without its prefix', 'packages/core/src/cache.ts', "import 'fs'"],
  ['core that asks for a built-in', 'packages/core/src/cache.ts', "process.getBuiltinModule('node:fs')"],
  ['core that reaches its Node entry', 'packages/core/src/cache.ts', "import './node.ts'"],
  ['a suite that imports a store', 'packages/conformance/src/index.ts', "import '@wt/store-a'"],
  ['a suite whose tests import a store', 'packages/conformance/test/x.test.ts', "import '@wt/store-a'"],
  ['a suite with a runner in its library', 'packages/conformance/src/index.ts', "import 'vitest'"],
  ['a suite that needs the runner of Node', 'packages/conformance/src/index.ts', "import 'node:test'"],
  ['a suite that reaches an adapter', 'packages/conformance/src/index.ts', "import './adapters/vitest.ts'"],
])('%s is reported once, with its file', (_what, file, line) => {
  write(file, line)
  const wrong = wrongArrows(base)
  expect(wrong).toHaveLength(1)
  expect(wrong[0]).toContain(file.split('/').slice(2).join('/').replace('cache.ts', ''))
})

test.each([
  ['core with a dependency', 'packages/core', { name: '@wt/core', dependencies: { lodash: '1' } }],
  [
    'core developed with the suite',
    'packages/core',
    { name: '@wt/core', devDependencies: { '@wt/conformance': '1' } },
  ],
  ['a store over a store', 'packages/store-b', { name: '@wt/store-b', dependencies: { '@wt/store-a': '1' } }],
  ['a package that no rule knows', 'packages/new', { name: '@wt/new' }],
])('%s is reported from its manifest', (_what, directory, content) => {
  manifest(directory, content)
  expect(wrongArrows(base)).toHaveLength(1)
})

function manifest(directory: string, content: object): void {
  write(`${directory}/package.json`, JSON.stringify(content))
}

function write(file: string, text: string): void {
  mkdirSync(dirname(join(base, file)), { recursive: true })
  writeFileSync(join(base, file), text)
}
