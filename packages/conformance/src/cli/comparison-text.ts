import type { Comparison } from '../against.ts'

export function comparisonText({ targets, seed, runs, difference }: Comparison): string {
  const [one, other] = targets
  if (difference === undefined) {
    return `${one} and ${other} answered the same in ${runs} histories (seed ${seed})\n`
  }
  const { commands, answers } = difference
  return [
    `${one} and ${other} differ (seed ${seed}):`,
    ...commands.map((command, index) => `  ${index + 1}. ${command}`),
    `the last of these calls, on`,
    `  ${one}: ${answers[0]}`,
    `  ${other}: ${answers[1]}`,
    '',
  ].join('\n')
}
