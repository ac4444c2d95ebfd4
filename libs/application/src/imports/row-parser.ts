import { err, ok, type Result } from '@tallystick/kernel';
import { CsvRows } from './csv-rows.ts';
import type { BadFile } from './parse-header.ts';
import { createLineParser, type Line } from './parse-lines.ts';
import { createJsonRows, type TakeRow } from './row-lines.ts';
import type { SourceRow } from './row.types.ts';

export type ImportFormat = 'csv' | 'ndjson';

export interface RowParser {
  /** The rows that these bytes complete. */
  push(bytes: Uint8Array): Result<readonly SourceRow[], BadFile>;
  /** The rest, once the file is whole. */
  end(): Result<readonly SourceRow[], BadFile>;
  /** The rows of whole lines that are still held, where the file broke off. */
  cut(): readonly SourceRow[];
}

/** Bytes of a file to its rows. `productKey`: for rows that name none. */
export function createRowParser(format: ImportFormat, productKey: string | null): RowParser {
  const lines = createLineParser();
  let rows: SourceRow[] = [];
  let empty = true;
  const take: TakeRow = (raw, read) => void rows.push({ raw, read });
  const from = format === 'csv' ? new CsvRows(productKey, take) : createJsonRows(productKey, take);

  function read(some: readonly Line[]): Result<readonly SourceRow[], BadFile> {
    for (const line of some) {
      empty = false;
      const bad = from.line(line);
      if (bad !== null) return err(bad);
    }
    return ok(taken());
  }
  function taken(): readonly SourceRow[] {
    const whole = rows;
    rows = [];
    return whole;
  }

  return {
    push: (bytes) => read(lines.push(bytes)),
    end() {
      const last = read(lines.end());
      if (!last.ok) return last;
      if (empty) return err({ path: '', message: 'the body is empty' });
      from.end();
      return ok([...last.value, ...taken()]);
    },
    cut() {
      from.end();
      return taken();
    },
  };
}
