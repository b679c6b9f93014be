#!/usr/bin/env node
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { coherenceCommand } from './commands/coherence.ts'
import { heapCommand } from './commands/heap.ts'
import { peersCommand } from './commands/peers.ts'
import { policiesCommand } from './commands/policies.ts'
import { scaleCommand } from './commands/scale.ts'
import { storesCommand } from './commands/stores.ts'
import { TraceError } from './traces/read-trace.ts'

const WRONG_ARGUMENTS = 2
const FAILED = 1

const program = new Command('bench')
  .description('Compares write-through stores and caches on this machine.')
  .addCommand(storesCommand(), { isDefault: true })
  .addCommand(policiesCommand())
  .addCommand(peersCommand())
  .addCommand(coherenceCommand())
  .addCommand(heapCommand())
  .addCommand(scaleCommand())

for (const command of [program, ...program.commands]) {
  // Errors are printed below, in one line each; a second line is not one clear line.
  command
    .exitOverride()
    .configureOutput({ outputError() {} })
    .showSuggestionAfterError(false)
}

try {
  await program.parseAsync()
} catch (error) {
  // The one place where the program turns what went wrong into a line and an exit code.
  process.exitCode = exitCodeOf(error)
  if (process.exitCode !== 0) process.stderr.write(`bench: ${messageOf(error)}\n`)
}

function exitCodeOf(error: unknown): number {
  // Help that was asked for is an error to commander, with exit code 0.
  if (error instanceof InvalidArgumentError || error instanceof TraceError) return WRONG_ARGUMENTS
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : WRONG_ARGUMENTS
  return FAILED
}

function messageOf(error: unknown): string {
  if (error instanceof CommanderError && error.code === 'commander.excessArguments') {
    return `there is no command or argument ${JSON.stringify(program.args[0])}; the commands are stores, policies, peers, coherence, heap and scale (see --help)`
  }
  const message = error instanceof Error ? error.message : String(error)
  return message.replace(/^error: /, '').replaceAll(/\s*\n\s*/g, ' ')
}
