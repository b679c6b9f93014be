import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { temporaryDirectory } from './fixtures.ts'

const packages = fileURLToPath(new URL('../..', import.meta.url))

test('the code in the README runs as pasted', () => {
  const readme = readFileSync(join(packages, 'store-fs', 'README.md'), 'utf8')
  const blocks = [...readme.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code as string)
  const directory = temporaryDirectory()
  mkdirSync(join(directory, 'node_modules', '@wt'), { recursive: true })
  for (const name of ['core', 'store-fs']) {
    symlinkSync(join(packages, name), join(directory, 'node_modules', '@wt', name), 'junction')
  }
  const outputs = blocks.map((code) => {
    writeFileSync(join(directory, 'readme.mjs'), code)
    const command = ['--conditions=@wt/source', '--no-warnings', 'readme.mjs']
    return execFileSync(process.execPath, command, { cwd: directory, encoding: 'utf8' })
  })
  expect(outputs).toEqual([
    "{ name: 'Ada', born: 1815 }\n{ name: 'Ada', born: 1815 }\n",
    '{ visits: 2 }\n3 []\n',
  ])
})
