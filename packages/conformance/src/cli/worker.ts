import type { CaseResult } from '../case.ts'
import { display } from '../history.ts'
import { chooseCases, runCase } from '../run.ts'
import type { Capabilities } from '../target.ts'
import { loadTarget } from './load-target.ts'
import { compareTargets, type Comparison } from '../against.ts'

/** What the parent asks of a worker. */
export type Request =
  | { readonly do: 'load'; readonly path: string; readonly isTried: boolean }
  | { readonly do: 'run'; readonly id: string; readonly seed: number; readonly timeoutMs: number }
  | { readonly do: 'finish' }
  | { readonly do: 'compare'; readonly path: string; readonly seed: number; readonly runs: number }

/** What a worker answers. */
export type Answer =
  | { readonly loaded: { readonly name: string; readonly capabilities: Capabilities } }
  | { readonly cannotRun: string }
  | { readonly result: CaseResult }
  | { readonly stray: string | undefined }
  | { readonly comparison: Comparison }

/**
 * The whole of a worker process: it loads a target and runs one case after the other, as it is told. What a store does to its
 * process, it does to this one. It ends when its parent does.
 */
export function serve(): void {
  /** What the store threw where nobody could hear it, and no case has been told of yet. */
  const stray: string[] = []
  let running: string | undefined
  let target: Awaited<ReturnType<typeof loadTarget>> | undefined

  process.on('unhandledRejection', (reason) => {
    stray.push(`a rejection was left unhandled: ${display(reason)}`)
  })
  process.on('uncaughtException', (error) => {
    const what = `an error was thrown that nobody could catch: ${display(error)}`
    // The case may now wait for ever. It has failed, and the parent starts another worker.
    if (running !== undefined) answer({ result: failed(running, what) }, () => process.exit(1))
    else stray.push(what)
  })
  process.on('disconnect', () => process.exit(0))
  process.on('message', async (request: Request) => {
    try {
      answer(await carryOut(request))
    } catch (error) {
      // A target that cannot be run: one line for the person who named it.
      answer({ cannotRun: error instanceof Error ? error.message : String(error) })
    }
  })

  async function carryOut(request: Request): Promise<Answer> {
    if (request.do === 'load') {
      target = await loadTarget(request.path, { isTried: request.isTried })
      return { loaded: { name: target.name, capabilities: target.capabilities } }
    }
    if (request.do === 'compare') {
      const other = await loadTarget(request.path, { isTried: true })
      return { comparison: await compareTargets(target!, other, request) }
    }
    if (request.do === 'finish') {
      await endOfTurn()
      return { stray: stray.shift() }
    }
    running = request.id
    const [subject] = chooseCases({ case: request.id })
    const result = await runCase(subject!, target!, request)
    await endOfTurn()
    running = undefined
    if (stray.length === 0 || result.verdict === 'skip') return { result }
    const [what] = stray.splice(0)
    return {
      result: {
        ...result,
        verdict: result.verdict === 'pass' ? 'fail' : result.verdict,
        message: result.message === undefined ? what! : `${result.message}\n${what}`,
      },
    }
  }
}

/** When Node has told of the rejections that nobody handled. */
function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function answer(message: Answer, sent: () => void = () => {}): void {
  process.send?.(message, sent)
}

function failed(id: string, message: string): CaseResult {
  const { topic, title } = chooseCases({ case: id })[0]!
  return { id, topic, title, verdict: 'fail', durationMs: 0, message }
}
