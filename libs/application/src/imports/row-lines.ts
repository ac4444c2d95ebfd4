import { isUtf8 } from 'node:buffer';
import type { BadFile } from './parse-header.ts';
import { parseJsonLine } from './parse-json-line.ts';
import { LONGEST_LINE, type Line } from './parse-lines.ts';
import { refusedRow } from './parse-row.ts';
import type { ReadRow } from './row.types.ts';

/** A format's way from lines to rows. */
export interface RowLines {
  /** Not null: the file cannot be read at all. */
  line(line: Line): BadFile | null;
  /** Nothing more comes. */
  end(): void;
}

export type TakeRow = (raw: Uint8Array, read: ReadRow) => void;

/** Why a line cannot be read as text; null: it can. */
export function faultOfLine({ bytes, tooLong }: Line): ReadRow | null {
  if (tooLong) return refusedRow('invalid-field', `the line is longer than ${LONGEST_LINE} bytes`);
  return isUtf8(bytes) ? null : refusedRow('invalid-field', 'the line is not UTF-8');
}

export function createJsonRows(productKey: string | null, take: TakeRow): RowLines {
  return {
    line(line) {
      const fault = faultOfLine(line);
      const text = fault === null ? line.bytes.toString('utf8') : '';
      if (fault !== null) take(line.bytes, fault);
      else if (text.trim() !== '') take(line.bytes, parseJsonLine(text, productKey));
      return null;
    },
    end: () => undefined,
  };
}
