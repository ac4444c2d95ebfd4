import { onOneLine } from './printable.ts';

/** Where a command writes: results to out, all else to err. */
export interface Output {
  out(text: string): void;
  err(text: string): void;
  /** Shows a line in place of the one before, '' none; absent where there is no terminal. */
  status?(text: string): void;
}

/** 1234567 → 1,234,567 */
export const grouped = (count: number): string => Math.round(count).toLocaleString('en-US');

export type Row = Readonly<Record<string, unknown>>;

function cell(value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (Array.isArray(value) && value.every((one) => typeof one === 'string'))
    return onOneLine(value.join());
  return onOneLine(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

const line = (cells: readonly string[], widths: readonly number[]): string =>
  cells
    .map((text, index) => text.padEnd(widths[index] ?? 0))
    .join('  ')
    .trimEnd();

/**
 * A table that is written page by page: the first page's widest cells give the widths. Answers the
 * lines of each page, the heads before the first.
 */
export function tableByPage(columns: readonly string[]): (rows: readonly Row[]) => string {
  let widths: readonly number[] | null = null;
  return (rows) => {
    const cells = rows.map((row) => columns.map((column) => cell(row[column])));
    const shown = widths === null ? [columns, ...cells] : cells;
    const made = widths ?? columns.map((_, at) => widest(shown.map((texts) => texts[at] ?? '')));
    widths = made;
    return shown.map((texts) => line(texts, made)).join('\n');
  };
}

function widest(texts: readonly string[]): number {
  return texts.reduce((width, { length }) => Math.max(width, length), 0);
}

/** Rows as columns, each as wide as its widest cell. */
export function table(rows: readonly Row[], columns: readonly string[]): string {
  return rows.length === 0 ? '(none)' : tableByPage(columns)(rows);
}

/** One resource, a field a line. */
export function card(body: unknown): string {
  if (typeof body !== 'object' || body === null) return '';
  const entries = Object.entries(body);
  const width = Math.max(0, ...entries.map(([name]) => name.length));
  return entries
    .map(([name, value]) => `${onOneLine(name).padEnd(width)}  ${cell(value)}`)
    .join('\n');
}

export function rowsOf(body: unknown): readonly Row[] {
  if (typeof body !== 'object' || body === null || !('data' in body) || !Array.isArray(body.data))
    return [];
  return body.data.filter((row): row is Row => typeof row === 'object' && row !== null);
}
