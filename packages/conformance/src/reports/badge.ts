import type { Report } from '../run.ts'

const LABEL = 'conformance'
/** About the width of a character of Verdana at 11 pixels. */
const CHARACTER_PIXELS = 6.6
const PADDING_PIXELS = 10

/** A badge for a README, an SVG: how many cases passed of those that the target's claims call for. */
export function badge({ target, summary, cases }: Report): string {
  const { passed, skipped } = summary
  const called = cases.length - skipped
  const text = `${passed} of ${called}`
  const color = called > 0 && passed === called ? '#2e7d32' : '#c62828'
  const [left, right] = [widthOf(LABEL), widthOf(text)]
  const title = escaped(`${target}: ${passed} of ${called} conformance cases passed, ${skipped} skipped`)
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="20" role="img" aria-label="${title}">
  <title>${title}</title>
  <rect width="${left}" height="20" fill="#555"/>
  <rect x="${left}" width="${right}" height="20" fill="${color}"/>
  <g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,sans-serif" font-size="11">
    <text x="${left / 2}" y="14">${LABEL}</text>
    <text x="${left + right / 2}" y="14">${text}</text>
  </g>
</svg>
`
}

function widthOf(text: string): number {
  return Math.round(text.length * CHARACTER_PIXELS + PADDING_PIXELS)
}

function escaped(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
}
