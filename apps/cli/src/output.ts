/** Where a command writes: results to out, all else to err. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
}

export type Row = Readonly<Record<string, unknown>>;

function cell(value: unknown): string {
  if (value === null || value === undefined) return '-';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Rows as columns, each as wide as its widest cell. */
export function table(rows: readonly Row[], columns: readonly string[]): string {
  if (rows.length === 0) return '(none)';
  const cells = [
    columns.map((column) => column),
    ...rows.map((row) => columns.map((column) => cell(row[column]))),
  ];
  const widths = columns.map((_, index) =>
    Math.max(...cells.map((line) => (line[index] ?? '').length)),
  );
  return cells
    .map((line) =>
      line
        .map((text, index) => text.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** One resource, a field a line. */
export function card(body: unknown): string {
  if (typeof body !== 'object' || body === null) return '';
  const entries = Object.entries(body);
  const width = Math.max(0, ...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `${name.padEnd(width)}  ${cell(value)}`).join('\n');
}

export function rowsOf(body: unknown): readonly Row[] {
  if (typeof body !== 'object' || body === null || !('data' in body) || !Array.isArray(body.data))
    return [];
  return body.data.filter((row): row is Row => typeof row === 'object' && row !== null);
}
