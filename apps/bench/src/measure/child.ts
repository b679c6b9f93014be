import { enableCompileCache } from 'node:module'
import type { Answer, ContenderModule, FinalResult, Request, RoundResult } from './contender.ts'
import { ConcurrentDriver } from './concurrent-driver.ts'
import { Driver } from './driver.ts'

/** The program of a child process: it makes one contender and runs it when the parent says so. */
let driver: Driver | ConcurrentDriver | undefined

// Some forty of these are started one after the other, and most of a start was the compiling of the same sources.
enableCompileCache()

process.on('message', (request: Request) => {
  void answer(request)
})
// The parent is gone, or has enough: nobody is left to measure for.
process.on('disconnect', () => process.exit())
// Ctrl-C reaches the whole group; the parent ends its children itself and then removes their files.
process.on('SIGINT', () => {})

async function answer(request: Request): Promise<void> {
  let reply: Answer
  try {
    const result = await perform(request)
    reply = result === undefined ? { type: 'done' } : { type: 'done', result }
  } catch (error) {
    // Whatever went wrong is the parent's to report: it knows which contender this is.
    reply = { type: 'failed', message: error instanceof Error ? error.message : String(error) }
  }
  process.send?.(reply)
}

async function perform(request: Request): Promise<RoundResult | FinalResult | undefined> {
  if (request.type === 'create') {
    const module = (await import(request.spec.module)) as ContenderModule
    const contender = await module.createContender(request.spec.options)
    driver = 'callers' in contender ? new ConcurrentDriver(contender) : new Driver(contender)
    return undefined
  }
  if (driver === undefined) throw new Error(`${request.type}: no contender was created`)
  if (request.type === 'round') return driver.round()
  if (request.type === 'finish') return driver.finish()
  await driver.warmUp(request.roundMs, request.operations)
  return undefined
}
