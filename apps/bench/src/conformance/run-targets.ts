import { spawn } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Report } from '@wt/conformance'

const TARGETS = fileURLToPath(new URL('targets', import.meta.url))
const SUFFIX = '.conformance.ts'
/** The command line of the suite, as it runs from its sources. */
const COMMAND = fileURLToPath(new URL('../cli/main.ts', import.meta.resolve('@wt/conformance/vitest')))
/** A peer that needs longer for a case than this is one that hangs. */
const CASE_TIMEOUT_MS = 60_000

/** The targets by name, ours first. */
export function targetNames(): string[] {
  const names = readdirSync(TARGETS).filter((name) => name.endsWith(SUFFIX))
  const isOurs = (name: string): boolean => name.startsWith('ours-')
  return [...names.filter(isOurs), ...names.filter((name) => !isOurs(name))].map((name) =>
    basename(name, SUFFIX),
  )
}

/** Runs the suite over one target, in processes of its own. Rejects when the target cannot be run. */
export function runTarget(name: string): Promise<Report> {
  const target = join(TARGETS, `${name}${SUFFIX}`)
  const limits = ['--timeout-ms', String(CASE_TIMEOUT_MS), '--jobs', '2']
  const child = spawn(
    process.execPath,
    ['--conditions=@wt/source', COMMAND, target, '--report', 'json', ...limits],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  const output: Buffer[] = []
  const errors: Buffer[] = []
  child.stdout.on('data', (chunk) => output.push(chunk))
  child.stderr.on('data', (chunk) => errors.push(chunk))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0 || code === 1) resolve(JSON.parse(Buffer.concat(output).toString()) as Report)
      else reject(new Error(`${name} cannot be run: ${Buffer.concat(errors).toString().trim()}`))
    })
  })
}
