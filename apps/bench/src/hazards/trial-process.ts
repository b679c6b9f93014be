import { HAZARDS } from './hazards.ts'
import type { Peer } from './peer.ts'
import { messageOf } from './scenarios/outcome.ts'
import { tryHazard } from './trial.ts'
import type { TrialAnswer, TrialRequest } from './trials.ts'

/** The program of a child process: it makes one trial, says what it saw, and ends. */
process.once('message', (request: TrialRequest) => {
  void answer(request).then((result) => process.send?.(result, () => process.exit()))
})
// The parent is gone: nobody is left to tell.
process.on('disconnect', () => process.exit())

async function answer({ module, hazard: id, ...setting }: TrialRequest): Promise<TrialAnswer> {
  try {
    const { peer } = (await import(module)) as { peer: Peer }
    return { observation: await tryHazard(HAZARDS.find((hazard) => hazard.id === id)!, peer, setting) }
  } catch (error) {
    // Whatever went wrong is the parent's to report as a trial that says nothing.
    return { failure: messageOf(error) }
  }
}
