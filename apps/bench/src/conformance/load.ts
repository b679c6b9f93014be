import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const PEERS = fileURLToPath(new URL('../../peers', import.meta.url))
const loader = (await import(pathToFileURL(join(PEERS, 'load.js')).href)) as { load: Load }

// biome-ignore lint/suspicious/noExplicitAny: libraries that the workspace does not install have no types here.
type Load = (specifier: string) => Promise<any>

/** Imports a package from the folder where the peers are installed. */
export const load: Load = loader.load
