import ts from 'typescript';

/** One source file, by its path from the root of the repository. */
export interface Source {
  readonly path: string;
  readonly text: string;
}

export interface FileFigures {
  readonly path: string;
  /** Lines that hold code: no blank ones, no comments, as the linter counts them. */
  readonly lines: number;
  /** Lines of each function that has a body, as the linter's max-lines-per-function counts. */
  readonly functions: readonly number[];
  /** `x as T` and `<T>x`; `as const` is none. */
  readonly casts: number;
  /** Paths of the files that it imports or exports from, of its own room. */
  readonly imports: readonly string[];
}

/** Marks the lines on which a token stands; comments and blanks are no tokens. */
function linesWithCode(file: ts.SourceFile): ReadonlySet<number> {
  const lines = new Set<number>();
  const lineOf = (at: number) => file.getLineAndCharacterOfPosition(at).line;
  const visit = (node: ts.Node): void => {
    const children = node.getChildren(file);
    if (children.length === 0 && node.getEnd() > node.getStart(file))
      for (let line = lineOf(node.getStart(file)); line <= lineOf(node.getEnd()); line += 1)
        lines.add(line);
    for (const child of children) if (!ts.isJSDoc(child)) visit(child);
  };
  visit(file);
  return lines;
}

function isCast(node: ts.Node): boolean {
  if (ts.isTypeAssertionExpression(node)) return true;
  return ts.isAsExpression(node) && !ts.isConstTypeReference(node.type);
}

function specifier(node: ts.Node): ts.Expression | undefined {
  if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return node.moduleSpecifier;
  const loads = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
  return loads ? node.arguments[0] : undefined;
}

/** The path that a relative import names; null: it leaves the room. */
function target(from: string, node: ts.Node): string | null {
  const named = specifier(node);
  if (named === undefined || !ts.isStringLiteral(named) || !named.text.startsWith('.')) return null;
  return new URL(named.text, `file:///${from}`).pathname.slice(1);
}

export function measure({ path, text }: Source): FileFigures {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const code = linesWithCode(file);
  const functions: number[] = [];
  const imports = new Set<string>();
  let casts = 0;
  const codeLines = (node: ts.Node): number => {
    const first = file.getLineAndCharacterOfPosition(node.getStart(file)).line;
    const last = file.getLineAndCharacterOfPosition(node.getEnd()).line;
    return [...code].filter((line) => line >= first && line <= last).length;
  };
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body) functions.push(codeLines(node));
    if (isCast(node)) casts += 1;
    const imported = target(path, node);
    if (imported !== null) imports.add(imported);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return { path, lines: code.size, functions, casts, imports: [...imports] };
}

/** The value below or at which nine of ten stand; 0 of none. */
export function p90(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.ceil(sorted.length * 0.9) - 1] ?? 0;
}
