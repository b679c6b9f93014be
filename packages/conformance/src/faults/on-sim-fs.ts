import nodeFs from 'node:fs'
import type { AsyncBackingStore } from '@wt/core'
import type { Context } from '../case.ts'
import { display } from '../history.ts'
import { CannotRun } from '../outcomes.ts'
import type { SimFs } from '../simfs/sim-fs.ts'

/** The simulated file system has a root and nothing else, and the root is there after every crash. */
const LOCATION = '/'

/** Opens the target's store on a simulated file system, in the shape that it is promised: a synchronous store gets that of
 *  `node:fs`, another that of `node:fs/promises`. */
export async function openOn(
  { target }: Context,
  simulated: SimFs,
): Promise<AsyncBackingStore<string, unknown>> {
  const given = target.capabilities.sync ? simulated : simulated.promises
  const like = target.capabilities.sync ? nodeFs : nodeFs.promises
  let missing: string | undefined
  const fileSystem = new Proxy(given, {
    get(real, name) {
      const member: unknown = Reflect.get(real, name)
      // Its methods use private fields, which the proxy has not.
      if (typeof member === 'function') return member.bind(real)
      if (member === undefined && typeof Reflect.get(like, name) === 'function') missing = String(name)
      return member
    },
  })
  try {
    return await target.open(LOCATION, { fileSystem })
  } catch (error) {
    // What the store asked for in vain is the reason, whatever it made of it.
    if (missing !== undefined) {
      throw new CannotRun(`${target.name} uses ${missing}, which SimFs does not have: ${display(error)}`)
    }
    throw error
  }
}
