import type { Case } from '../case.ts'

/** The cases by topic: what each promises, and what a target has to claim for it. */
export function listText(cases: readonly Case[]): string {
  const lines: string[] = []
  let topic: string | undefined
  for (const { id, title, needs, topic: itsTopic, answersLater } of cases) {
    if (itsTopic !== topic) lines.push(...(topic === undefined ? [] : ['']), itsTopic)
    topic = itsTopic
    const conditions = [...needs, ...(answersLater ? ['answers later'] : [])]
    lines.push(`  ${id}: ${title}${conditions.length > 0 ? ` (${conditions.join(', ')})` : ''}`)
  }
  return `${lines.join('\n')}\n\n${cases.length} cases\n`
}
