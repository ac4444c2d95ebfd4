import { parseCsvRecord } from './parse-csv.ts';
import { parseHeader, toRawRow, type BadFile, type Header } from './parse-header.ts';
import { LONGEST_LINE, type Line } from './parse-lines.ts';
import { faultOfLine, type RowLines, type TakeRow } from './row-lines.ts';
import { parseRow, refusedRow } from './parse-row.ts';
import type { ReadRow } from './row.types.ts';

/** A quoted field may go over so many lines, where it ends properly. */
const MOST_JOINED = 100;

const textOf = ({ bytes }: Line): string => bytes.toString('utf8');

/**
 * The key of a row that has too many fields, or too few. A comma without quotes moves what follows
 * it: where that may be a secret, it is not taken for a key.
 */
function keyOfAny({ columns }: Header, fields: readonly string[]): string | undefined {
  const { deviceKey = -1, deviceSecret } = columns;
  return deviceKey === 0 || deviceSecret === undefined ? fields[deviceKey] : undefined;
}

/**
 * Records of CSV. No column may hold a line break, so a quoted field that does not end on its line
 * is never good; what it is decides how many rows are refused. Where its closing quote follows on a
 * later line, and a record of the right length with it, all those lines are one row. Else the quote
 * is a slip of that line alone, and the lines after it are rows of their own.
 */
export class CsvRows implements RowLines {
  readonly #productKey: string | null;
  readonly #take: TakeRow;
  #header: Header | null = null;
  /** Lines since a quoted field that has not ended. */
  #open: Line[] = [];

  constructor(productKey: string | null, take: TakeRow) {
    this.#productKey = productKey;
    this.#take = take;
  }

  line(line: Line): BadFile | null {
    if (this.#header === null) return this.#readHeader(line);
    this.#next(this.#header, line);
    return null;
  }

  end(): void {
    while (this.#header !== null && this.#open.length > 0) this.#giveUp(this.#header);
  }

  #readHeader(line: Line): BadFile | null {
    const fault = faultOfLine(line);
    if (fault?.ok === false) return { path: 'header', message: fault.error.detail };
    const record = parseCsvRecord(textOf(line));
    if (record.kind !== 'fields') return { path: 'header', message: 'not a line of CSV' };
    const parsed = parseHeader(record.fields);
    if (!parsed.ok) return parsed.error;
    if (parsed.value.columns.productKey === undefined && this.#productKey === null)
      return { path: 'productKey', message: 'neither a column of the file nor in the query' };
    this.#header = parsed.value;
    return null;
  }

  #next(header: Header, line: Line): void {
    if (this.#open.length > 0) this.#goOn(header, line);
    else if (line.length > 0) this.#readLine(header, line);
  }

  #readLine(header: Header, line: Line): void {
    const fault = faultOfLine(line);
    if (fault !== null) return this.#take(line.bytes, fault);
    const record = parseCsvRecord(textOf(line));
    if (record.kind === 'open') this.#open = [line];
    else if (record.kind === 'bad') this.#take(line.bytes, refusedRow('invalid-field', record.why));
    else this.#take(line.bytes, this.#toRow(header, record.fields));
  }

  #toRow(header: Header, fields: readonly string[]): ReadRow {
    if (fields.length === header.count) return parseRow(toRawRow(header, fields), this.#productKey);
    const detail = `the row has ${fields.length} fields, and the header ${header.count}`;
    return refusedRow('invalid-field', detail, keyOfAny(header, fields));
  }

  /** The quote was a slip: its line is one refused row, the others are read for themselves. */
  #giveUp(header: Header): void {
    const [first, ...rest] = this.#open;
    this.#open = [];
    if (first === undefined) return;
    const refused = refusedRow('invalid-field', 'a quoted field does not end on its line');
    this.#take(first.bytes, refused);
    for (const line of rest) this.#next(header, line);
  }

  #goOn(header: Header, line: Line): void {
    this.#open.push(line);
    const length = this.#open.reduce((sum, one) => sum + one.length + 1, 0);
    const many = length > LONGEST_LINE || this.#open.length > MOST_JOINED;
    if (many || faultOfLine(line) !== null) return this.#giveUp(header);
    if (!line.bytes.includes('"')) return;
    const record = parseCsvRecord(this.#open.map(textOf).join('\n'));
    if (record.kind === 'open') return;
    if (record.kind === 'bad' || record.fields.length !== header.count) return this.#giveUp(header);
    const raw = Buffer.concat(this.#open.flatMap(({ bytes }) => [bytes, Buffer.from('\n')]));
    this.#open = [];
    this.#take(raw, this.#toRow(header, record.fields));
  }
}
