/** What a record of RFC 4180 says; `open`: a quoted field does not end on it. */
export type CsvRecord =
  | { readonly kind: 'fields'; readonly fields: readonly string[] }
  | { readonly kind: 'open' }
  | { readonly kind: 'bad'; readonly why: string };

const bad = (why: string): CsvRecord => ({ kind: 'bad', why });

const QUOTE = '"';

/** Where the quoted field ends that begins at `from`; -1: not in this text. */
function endOfQuoted(text: string, from: number): number {
  for (let at = text.indexOf(QUOTE, from + 1); at !== -1; at = text.indexOf(QUOTE, at + 2))
    if (text[at + 1] !== QUOTE) return at;
  return -1;
}

/**
 * One record, strictly: a field that holds a quote stands in quotes as a whole, and a quote inside
 * is doubled.
 */
export function parseCsvRecord(text: string): CsvRecord {
  if (!text.includes(QUOTE)) return { kind: 'fields', fields: text.split(',') };
  const fields: string[] = [];
  for (let at = 0; ;) {
    if (text[at] === QUOTE) {
      const end = endOfQuoted(text, at);
      if (end === -1) return { kind: 'open' };
      fields.push(text.slice(at + 1, end).replaceAll('""', QUOTE));
      at = end + 1;
      if (at < text.length && text[at] !== ',')
        return bad(`field ${fields.length}: text follows its closing quote`);
    } else {
      const comma = text.indexOf(',', at);
      const field = text.slice(at, comma === -1 ? text.length : comma);
      fields.push(field);
      if (field.includes(QUOTE)) return bad(`field ${fields.length}: a quote inside, unquoted`);
      at += field.length;
    }
    if (at >= text.length) return { kind: 'fields', fields };
    at += 1;
  }
}
