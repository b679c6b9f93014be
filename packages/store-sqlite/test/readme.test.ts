import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { expect, test } from 'vitest'
import { databasePath } from './fixtures.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const blocks = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map((match) => match[1]!)

test('the README has code', () => {
  expect(blocks).toHaveLength(2)
})

test.each(blocks)('the code of the README runs as pasted and prints what it says: %#', (code) => {
  const program = code
    .replace("'@wt/store-sqlite'", `'${new URL('../src/index.ts', import.meta.url).href}'`)
    .replace("'better-sqlite3'", `'${import.meta.resolve('better-sqlite3')}'`)
  const flags = ['--conditions=@wt/source', '--no-warnings', '--input-type=module-typescript']
  const cwd = dirname(databasePath())
  const printed = execFileSync(process.execPath, [...flags, '--eval', program], { cwd, encoding: 'utf8' })
  const promised = [...code.matchAll(/console\.log\(.*\) \/\/ (.*)$/gm)].map((match) => `${match[1]}\n`)
  expect(printed).toBe(promised.join(''))
})
