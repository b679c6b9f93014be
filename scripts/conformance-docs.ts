/**
 * Writes docs/conformance.md from the cases of @wt/conformance: what each promises, why it matters, what it needs, and which
 * published package was seen to break it. With `--check` it writes nothing and fails when the page is stale.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Case, cases } from '../packages/conformance/src/index.ts'
import { root } from './lib/workspace.ts'

const PAGE = join(root, 'docs', 'conformance.md')

const INTRODUCTION = `# The conformance cases

Written by \`scripts/conformance-docs.ts\` from the cases themselves. What the suite is and how it is run says the
[README](../packages/conformance/README.md); that each case finds what it is about, [the saboteurs](conformance-saboteurs.md).

A case is run when the target claims what it needs, else it is skipped and shown as skipped. "Seen in" names published packages
that were seen to break the promise, as a store or as a cache; most of them promise something else.
`

const page = [INTRODUCTION, ...pageOf(cases)].join('\n')
if (!process.argv.includes('--check')) {
  writeFileSync(PAGE, page)
} else if (readFileSync(PAGE, 'utf8') !== page) {
  console.error(
    'docs/conformance.md is stale: node --conditions=@wt/source scripts/conformance-docs.ts writes it',
  )
  process.exitCode = 1
}

function pageOf(all: readonly Case[]): string[] {
  const topics = Map.groupBy(all, ({ topic }) => topic)
  const index = [...topics].map(([topic, { length }]) => `[\`${topic}\`](#${topic}) ${length}`)
  return [
    `${all.length} cases: ${index.join(' · ')}`,
    ...[...topics].flatMap(([topic, ofTopic]) => ['', `## ${topic}`, ...ofTopic.flatMap(entryOf)]),
    '',
  ]
}

function entryOf(subject: Case): string[] {
  const { id, title, why, peers = [] } = subject
  if (why === undefined) throw new Error(`${id} does not say why it matters: give it a why`)
  const needs = needsOf(subject)
  return [
    '',
    `### \`${id}\``,
    '',
    `${title[0]!.toUpperCase()}${title.slice(1)}.`,
    '',
    `*Why:* ${why}`,
    ...(needs.length > 0 ? ['', `*Needs:* ${needs.join(', ')}.`] : []),
    ...(peers.length > 0 ? ['', `*Seen in:* ${peers.join(', ')}.`] : []),
  ]
}

function needsOf({ needs, values, answersLater, otherProcess, entries = 0 }: Case): string[] {
  return [
    ...needs.map((name) => `\`${name}\``),
    ...(values === undefined ? [] : [`values of kind ${values.map((kind) => `\`${kind}\``).join(' or ')}`]),
    ...(answersLater ? ['a store that answers later'] : []),
    ...(otherProcess ? ['a target that names its `module`'] : []),
    ...(entries > 2 ? [`room for ${entries} entries`] : []),
  ]
}
