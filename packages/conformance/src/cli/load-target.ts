import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { display } from '../history.ts'
import { assertTarget, type Target } from '../target.ts'

/**
 * The target that a module default-exports, with its `module` filled in. Throws when it cannot be imported, or, with `isTried`,
 * opened.
 */
export async function loadTarget(path: string, { isTried }: { readonly isTried: boolean }): Promise<Target> {
  const module = pathToFileURL(resolve(path)).href
  let target: unknown
  try {
    target = ((await import(module)) as { default?: unknown }).default
  } catch (cause) {
    // Not there, not JavaScript, or it throws as it is loaded.
    throw new Error(`${path} cannot be imported: ${display(cause)}`, { cause })
  }
  if (target === undefined) throw new Error(`${path} has no default export; a conformance target is one`)
  assertTarget(target)
  const loaded: Target = {
    name: target.name,
    values: target.values,
    capabilities: target.capabilities,
    open: (location, options) => target.open(location, options),
    module: target.module ?? module,
    ...(target.caches && { caches: target.caches }),
  }
  if (isTried) await tryToOpen(loaded)
  return loaded
}

/** Opens it once and closes it: a store that does not open at all is one clear line, not an error of every case. */
async function tryToOpen(target: Target): Promise<void> {
  const location = await mkdtemp(join(tmpdir(), 'conformance-'))
  try {
    const store = await target.open(location)
    await store.close?.()
  } catch (cause) {
    // Told once, here, rather than by every case.
    throw new Error(`${target.name} does not open: ${display(cause)}`, { cause })
  } finally {
    await rm(location, { recursive: true, force: true, maxRetries: 3 })
  }
}
