import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Hazard, Observation, Verdict } from './hazard.ts'
import type { Peer } from './peer.ts'

export interface TrialRequest {
  /** Of the peer. */
  readonly module: string
  /** Its id. */
  readonly hazard: string
  readonly form: string
  readonly peersDirectory: string
  readonly limitMs: number
}

export type TrialAnswer = { readonly observation: Observation } | { readonly failure: string }

export interface Result {
  readonly peer: string
  readonly version: string
  readonly verdict: Verdict
  /** It is a hazard that another documented form or call does not have; the detail says which. */
  readonly avoidable: boolean
  readonly detail: string
}

const CHILD = fileURLToPath(new URL('./trial-process.ts', import.meta.url))
const LIMIT_MS = 10_000
/** What a process may take beyond its trial: a start on a busy machine. */
const GRACE_MS = 10_000
const running = new Set<ChildProcess>()

// Whatever ends this process ends them.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** Tries a hazard on a peer in each of its forms, each in a process of its own: some hazards end a process. */
export async function judge(
  hazard: Hazard,
  peer: Peer,
  peersDirectory: string,
  limitMs: number = LIMIT_MS,
): Promise<Result> {
  const named = { peer: peer.name, version: peer.version(peersDirectory) }
  const lacking = hazard.needs.map((feature) => peer.lacks[feature]).find((reason) => reason !== undefined)
  if (lacking !== undefined) return { ...named, verdict: 'not applicable', avoidable: false, detail: lacking }
  const trials: { form: string; answer: TrialAnswer }[] = []
  for (const form of peer.forms) {
    const request = { module: peer.module, hazard: hazard.id, form, peersDirectory, limitMs }
    trials.push({ form, answer: await tryInProcess(request) })
  }
  const answers = trials.map(({ answer }) => answer)
  const verdict = verdictOf(answers)
  const avoidable = verdict === 'hazard' && answers.some(isAvoided)
  return { ...named, verdict, avoidable, detail: detailOf(trials) }
}

/** A hazard that one documented form has is a hazard; which form avoids it stands in the detail. */
function verdictOf(answers: readonly TrialAnswer[]): Verdict {
  if (answers.some((answer) => 'observation' in answer && answer.observation.happened)) return 'hazard'
  return answers.every((answer) => 'observation' in answer) ? 'safe' : 'error'
}

function isAvoided(answer: TrialAnswer): boolean {
  if (!('observation' in answer)) return false
  return !answer.observation.happened || answer.observation.avoidable === true
}

/** What was seen in which form; forms in which the same was seen are named together. */
function detailOf(trials: readonly { form: string; answer: TrialAnswer }[]): string {
  const forms = new Map<string, string[]>()
  for (const { form, answer } of trials) {
    const seen = seenIn(answer)
    forms.set(seen, [...(forms.get(seen) ?? []), form])
  }
  return [...forms].map(([seen, names]) => `${names.join(', ')}: ${seen}`).join('; ')
}

function seenIn(answer: TrialAnswer): string {
  if ('failure' in answer) return `error: ${answer.failure}`
  const { happened, detail } = answer.observation
  return `${happened ? 'hazard' : 'safe'}: ${detail}`
}

function tryInProcess(request: TrialRequest): Promise<TrialAnswer> {
  const child = fork(CHILD, {
    execArgv: ['--conditions=@wt/source', '--disable-warning=ExperimentalWarning'],
    // What a library logs would end up in the middle of the report.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  })
  running.add(child)
  const errors = lineOfErrors(child)
  return new Promise((resolve) => {
    const limit = setTimeout(() => child.kill('SIGKILL'), request.limitMs + GRACE_MS)
    let answer: TrialAnswer | undefined
    child.on('message', (message: TrialAnswer) => {
      answer = message
    })
    child.on('close', (code, signal) => {
      clearTimeout(limit)
      running.delete(child)
      resolve(
        answer ?? { failure: `its process ended (${signal ?? `exit code ${code}`}) ${errors()}`.trim() },
      )
    })
    child.send(request)
  })
}

/** The line of standard error that says most about why a process ended: its first that names an error, else its last. */
function lineOfErrors(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-10_000)
  })
  return () => {
    const lines = text.trim().split('\n')
    return lines.find((line) => /Error/.test(line))?.trim() ?? lines.at(-1)!.trim()
  }
}
