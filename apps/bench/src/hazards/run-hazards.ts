import { availableParallelism } from 'node:os'
import type { Progress } from '../reports/progress.ts'
import type { HazardRow } from './hazards-report.ts'
import { HAZARDS } from './hazards.ts'
import { PEERS } from './peers.ts'
import { judge, type Result } from './trials.ts'

/** How many trials there are, for a progress bar. */
export const TRIALS: number = HAZARDS.length * PEERS.length

/** Tries every hazard on every peer, as many at a time as there are processors. */
export async function runHazards(peersDirectory: string, progress: Progress): Promise<HazardRow[]> {
  const rows = HAZARDS.map(({ id, title }) => ({ hazard: id, title, results: [] as Result[] }))
  const trials = HAZARDS.flatMap((hazard, row) =>
    PEERS.map((peer, column) => ({ hazard, row, peer, column })),
  )
  const worker = async (): Promise<void> => {
    for (let trial = trials.shift(); trial !== undefined; trial = trials.shift()) {
      const { hazard, row, peer, column } = trial
      progress.say(`${hazard.id} ${peer.name}`)
      rows[row]!.results[column] = await judge(hazard, peer, peersDirectory)
      progress.step()
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
  return rows
}
