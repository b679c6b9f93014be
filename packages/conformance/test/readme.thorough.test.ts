import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const packages = fileURLToPath(new URL('../../', import.meta.url))

test("the README's five minutes run as pasted", async () => {
  const directory = await mkdtemp(join(tmpdir(), 'conformance-readme-'))
  try {
    const scope = join(directory, 'node_modules', '@wt')
    await mkdir(scope, { recursive: true })
    for (const name of ['core', 'conformance']) await symlink(join(packages, name), join(scope, name))
    const readme = await readFile(join(packages, 'conformance', 'README.md'), 'utf8')
    const [store, target, , program] = [...readme.matchAll(/```js\n(.*?)```/gs)].map(([, code]) => code!)
    await writeFile(join(directory, 'package.json'), '{ "type": "module" }')
    await writeFile(join(directory, 'map-store.js'), store!)
    await writeFile(join(directory, 'map-store.conformance.js'), target!)
    await writeFile(join(directory, 'program.js'), program!)
    const main = join(packages, 'conformance', 'src', 'cli', 'main.ts')
    const run = (...args: string[]) =>
      execFileSync(process.execPath, ['--conditions=@wt/source', ...args], {
        cwd: directory,
        encoding: 'utf8',
      })
    expect(run(main, './map-store.conformance.js')).toContain(' 0 failed')
    expect(run('program.js')).toContain('failed: 0')
    const broken = store!.replace(/.*TypeError.*\n/, '')
    expect(broken).not.toBe(store)
    await writeFile(join(directory, 'map-store.js'), broken)
    expect(() => run(main, './map-store.conformance.js')).toThrow()
  } finally {
    await rm(directory, { recursive: true })
  }
})
