import ts from 'typescript'

/** One small change of a source. */
export interface GeneratedMutant {
  /** Where it is: the line, from 1, and the class member or function around it. */
  readonly line: number
  readonly member: string
  /** What stands there, and what stands there instead. */
  readonly original: string
  readonly mutated: string
  /** The whole source, changed. */
  readonly text: string
}

const SWAPPED: Partial<Record<ts.SyntaxKind, string>> = {
  [ts.SyntaxKind.AmpersandAmpersandToken]: '||',
  [ts.SyntaxKind.BarBarToken]: '&&',
  [ts.SyntaxKind.EqualsEqualsEqualsToken]: '!==',
  [ts.SyntaxKind.ExclamationEqualsEqualsToken]: '===',
  [ts.SyntaxKind.LessThanToken]: '<=',
  [ts.SyntaxKind.LessThanEqualsToken]: '<',
  [ts.SyntaxKind.GreaterThanToken]: '>=',
  [ts.SyntaxKind.GreaterThanEqualsToken]: '>',
  [ts.SyntaxKind.PlusToken]: '-',
  [ts.SyntaxKind.MinusToken]: '+',
  [ts.SyntaxKind.PlusEqualsToken]: '-=',
  [ts.SyntaxKind.MinusEqualsToken]: '+=',
  [ts.SyntaxKind.BarBarEqualsToken]: '=',
  [ts.SyntaxKind.QuestionQuestionEqualsToken]: '=',
}

/** What only tells people or tests of a mistake is left as it is. */
const LEFT_ALONE = /^(assertInvariants|assert|checkOpen|#checkOpen)$/

/**
 * The mutants of a source: conditions negated, statements and returned values dropped, operators swapped, `await` removed,
 * `true` and `false` exchanged.
 */
export function generatedMutants(file: string, source: string): GeneratedMutant[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true)
  const mutants: GeneratedMutant[] = []

  function visit(node: ts.Node, member: string): void {
    if (ts.isTypeNode(node) || ts.isImportDeclaration(node)) return
    if (ts.isThrowStatement(node)) return
    const inner = nameOf(node) ?? member
    if (LEFT_ALONE.test(inner)) return
    for (const [part, mutated] of changes(node)) {
      const start = part.getStart(tree)
      mutants.push({
        line: tree.getLineAndCharacterOfPosition(start).line + 1,
        member: inner,
        original: source.slice(start, part.end),
        mutated,
        text: source.slice(0, start) + mutated + source.slice(part.end),
      })
    }
    ts.forEachChild(node, (child) => visit(child, inner))
  }

  visit(tree, '')
  return mutants
}

function nameOf(node: ts.Node): string | undefined {
  if (ts.isConstructorDeclaration(node)) return 'constructor'
  const isNamed =
    ts.isMethodDeclaration(node) ||
    ts.isFunctionDeclaration(node) ||
    ts.isGetAccessorDeclaration(node) ||
    ts.isPropertyDeclaration(node)
  return isNamed ? node.name?.getText() : undefined
}

/** The parts of a node that can be changed, and into what. */
function changes(node: ts.Node): (readonly [part: ts.Node, mutated: string])[] {
  const negated = (condition: ts.Expression) => [condition, `!(${condition.getText()})`] as const
  if (ts.isIfStatement(node) || ts.isWhileStatement(node)) return [negated(node.expression)]
  if (ts.isConditionalExpression(node)) return [negated(node.condition)]
  if (ts.isExpressionStatement(node)) return [[node, ';']]
  if (ts.isReturnStatement(node)) {
    const isSame = node.expression === undefined || node.expression.getText() === 'undefined'
    return isSame ? [] : [[node, 'return undefined']]
  }
  if (ts.isContinueStatement(node) || ts.isBreakStatement(node)) return [[node, ';']]
  if (ts.isAwaitExpression(node)) return isIdle(node) ? [] : [[node, node.expression.getText()]]
  if (node.kind === ts.SyntaxKind.TrueKeyword) return [[node, 'false']]
  if (node.kind === ts.SyntaxKind.FalseKeyword) return [[node, 'true']]
  if (ts.isBinaryExpression(node)) {
    const { left, operatorToken: operator, right } = node
    if (operator.kind === ts.SyntaxKind.QuestionQuestionToken) {
      return [
        [node, `(${left.getText()})`],
        [node, `(${right.getText()})`],
      ]
    }
    const swapped = SWAPPED[operator.kind]
    return swapped === undefined ? [] : [[operator, swapped]]
  }
  return []
}

/** `return await` and `return` are the same, but where a `try` listens. */
function isIdle(node: ts.AwaitExpression): boolean {
  if (!ts.isReturnStatement(node.parent)) return false
  for (let outer: ts.Node = node.parent; !ts.isFunctionLike(outer); outer = outer.parent) {
    if (ts.isTryStatement(outer)) return false
  }
  return true
}
