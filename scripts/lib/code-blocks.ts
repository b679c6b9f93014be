/** A fenced block of a Markdown file that is a program. */
export interface CodeBlock {
  /** The line of its opening fence, from 1. */
  readonly line: number
  readonly extension: 'ts' | 'js'
  /** The name in a comment on the first line, such as `// my-store.ts`. */
  readonly fileName: string | undefined
  readonly text: string
}

const EXTENSIONS: Readonly<Record<string, 'ts' | 'js'>> = {
  ts: 'ts',
  typescript: 'ts',
  mts: 'ts',
  js: 'js',
  javascript: 'js',
  mjs: 'js',
}

/**
 * The `ts` and `js` blocks of a Markdown text, in their order, but those below `<!-- not run: why -->`. Throws for such a comment
 * that gives no reason or stands above no block, and for a fence that is not closed.
 */
export function runnableBlocks(markdown: string): CodeBlock[] {
  const lines = markdown.split(/\r?\n/)
  const blocks: CodeBlock[] = []
  let notRunAt: number | undefined
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]!
    const comment = /^\s*<!--\s*not run(.*)-->\s*$/i.exec(line)
    if (comment) {
      if (!/^:\s*\S/.test(comment[1]!)) throw new Error(`line ${index + 1}: say why: <!-- not run: why -->`)
      notRunAt = index
    }
    const fence = /^(\s*)(`{3,}|~{3,})\s*([\w-]*)/.exec(line)
    if (!fence) {
      if (notRunAt !== undefined && !comment && line.trim() !== '') throw strayComment(notRunAt)
      continue
    }
    const end = lines.findIndex((other, at) => at > index && other.trim() === fence[2])
    if (end === -1) throw new Error(`line ${index + 1}: the fence is not closed`)
    const extension = EXTENSIONS[fence[3]!.toLowerCase()]
    if (extension !== undefined && notRunAt === undefined) {
      const text = `${lines.slice(index + 1, end).join('\n')}\n`
      const fileName = /^\/\/ ([\w.-]+\.[jt]s)\s*$/m.exec(text.split('\n', 1)[0]!)?.[1]
      blocks.push({ line: index + 1, extension, fileName, text })
    }
    notRunAt = undefined
    index = end
  }
  if (notRunAt !== undefined) throw strayComment(notRunAt)
  return blocks
}

function strayComment(index: number): Error {
  return new Error(`line ${index + 1}: "not run" stands above no code block`)
}
