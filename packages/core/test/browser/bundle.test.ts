import { execFileSync } from 'node:child_process'
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url))
const SMOKE = readFileSync(new URL('./smoke.ts', import.meta.url), 'utf8')
/** A browser's first start on a busy machine takes its time. */
const BROWSER_MS = 60_000

interface Bundle {
  readonly code: string
  /** The sources that something of is left in it, as `policies/fifo.ts`. */
  readonly sources: readonly string[]
}

/** A program that imports core, bundled for a page. Throws for a Node built-in: a page has none. */
async function bundle(program: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, loader: 'ts', resolveDir: join(PACKAGE, 'test', 'browser') },
    ...{ bundle: true, minify: true, write: false, metafile: true, logLevel: 'silent' },
    ...{ format: 'esm', platform: 'browser', target: 'es2022', absWorkingDir: PACKAGE },
  })
  const [output] = Object.values(metafile.outputs)
  const sources = Object.entries(output!.inputs)
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([path]) => path.replace(/^src\//, ''))
  expect(output!.imports).toEqual([])
  return { code: outputFiles[0]!.text, sources }
}

describe('WriteThroughCache and fifo alone', async () => {
  const { code, sources } = await bundle("export { fifo, WriteThroughCache } from '../../src/index.ts'")

  test('bring no other policy, no asynchronous cache, no group commit and no codec', () => {
    expect(sources).toContain('write-through-cache.ts')
    expect(sources).toContain('policies/fifo.ts')
    const unasked =
      /lru|sieve|s3-fifo|w-tiny-lfu|adaptive|miniature|sketch|ghost|async|patience|commit|codecs/
    expect(sources.filter((source) => unasked.test(source))).toEqual([])
  })

  test('are as large as the README says', () => {
    const said = /alone: (\d+\.\d) kB minified and compressed/.exec(
      readFileSync(join(PACKAGE, 'README.md'), 'utf8'),
    )
    const kilobytes = gzipSync(code, { level: 9 }).length / 1000
    console.log(`WriteThroughCache and fifo: ${kilobytes.toFixed(2)} kB minified and compressed`)
    expect(Math.abs(kilobytes - Number(said![1])), 'kB of difference').toBeLessThan(0.3)
  })
})

test('a program that imports a Node built-in cannot be bundled: what the other tests rest on', async () => {
  await expect(bundle("import 'node:fs'")).rejects.toThrow('Could not resolve "node:fs"')
})

test('each export of the main entry can be bundled for a page', async () => {
  const { sources } = await bundle("export * from '../../src/index.ts'")
  expect(sources).toContain('async-write-through-cache.ts')
})

const chromium = findProgram('chromium', 'chromium-browser', 'google-chrome')
const isMissed = chromium === undefined && process.env.CI === undefined

test.skipIf(isMissed)(
  'both caches, every policy and the codecs work in Chromium, over its localStorage',
  async () => {
    expect(chromium, 'Chromium on the PATH, which CI needs').toBeDefined()
    const { code } = await bundle(SMOKE)
    expect(textOfPage(code)).toBe('fine')
  },
  BROWSER_MS,
)

/** What the body of a page with this program says, in a browser with an empty profile. */
function textOfPage(program: string): string {
  const directory = mkdtempSync(join(tmpdir(), 'wt-core-page-'))
  try {
    const page = join(directory, 'page.html')
    const script = program.replaceAll('</script', '<\\/script')
    writeFileSync(page, `<!doctype html><meta charset="utf-8"><body><script type="module">${script}</script>`)
    const flags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage']
    const profile = `--user-data-dir=${join(directory, 'profile')}`
    // So much time of the page passes, at once, before it is read.
    const parameters = [
      ...flags,
      profile,
      '--virtual-time-budget=5000',
      '--dump-dom',
      pathToFileURL(page).href,
    ]
    const dom = execFileSync(chromium!, parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
    return /<body>([^<]*)<\/body>/.exec(dom)?.[1] ?? dom
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  }
}

/** The first of these programs that is on the PATH. */
function findProgram(...names: string[]): string | undefined {
  const directories = (process.env.PATH ?? '').split(delimiter)
  return names.flatMap((name) => directories.map((directory) => join(directory, name))).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    // Not there, or not ours to run.
    return false
  }
}
