#!/usr/bin/env node
import { writeFile } from 'node:fs/promises'
import { display } from '../history.ts'
import { runConformance } from '../run.ts'
import { parseArguments, USAGE } from './arguments.ts'
import { loadTarget } from './load-target.ts'

const PASSED = 0
const FAILED = 1
const CANNOT_RUN = 2

const writeOut = process.stdout.write.bind(process.stdout)

/** Runs the suite on the target that the arguments name; what the process exits with. */
async function main(args: readonly string[]): Promise<number> {
  const chosen = parseArguments(args)
  if (chosen === 'help') {
    await print(USAGE)
    return PASSED
  }
  // The standard output is the report's alone: what a store prints goes to the standard error.
  process.stdout.write = process.stderr.write.bind(process.stderr)
  const stray: unknown[] = []
  // A promise that the store left unhandled would end the process and hide all other results.
  process.on('unhandledRejection', (reason) => stray.push(reason))
  const target = await loadTarget(chosen.path)
  const report = await runConformance(target, chosen.options)
  const text = chosen.format(report)
  if (chosen.out === undefined) await print(text)
  else await writeFile(chosen.out, text)
  for (const reason of stray) {
    await complain(`a rejection was left unhandled: ${display(reason)}`)
  }
  const { failed, errors, timeouts } = report.summary
  return failed + errors + timeouts + stray.length > 0 ? FAILED : PASSED
}

function print(text: string): Promise<void> {
  return new Promise((resolve) => writeOut(text, () => resolve()))
}

function complain(message: string): Promise<void> {
  const line = `wt-conformance: ${message.replaceAll(/\s*\n\s*/g, ' ')}\n`
  return new Promise((resolve) => process.stderr.write(line, () => resolve()))
}

let code: number
try {
  code = await main(process.argv.slice(2))
} catch (error) {
  // Wrong arguments, or a target that cannot be run: one line for the person who typed it.
  await complain(error instanceof Error ? error.message : String(error))
  code = CANNOT_RUN
}
// Not left to Node: a store that leaves a timer or a socket behind would keep the process from ending.
process.exit(code)
