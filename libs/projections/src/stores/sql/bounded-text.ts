import { createHash } from 'node:crypto';

/**
 * An index here has at most three such texts, and three of them stay below PostgreSQL's limit for
 * an index row (2,704 bytes).
 */
const MOST_BYTES = 800;
/** Bytes of UTF-8 for one UTF-16 unit, at most. */
const UTF8_MOST = 3;
const HASH_DIGITS = 16;
const MARK = '…#';

/**
 * A text as every database stores and indexes it: PostgreSQL takes neither U+0000 nor half a
 * surrogate pair, and no long row of an index. What does not fit is cut, and told apart by a hash
 * of the whole. Any other text is answered as it is.
 */
export function boundedText(text: string): string {
  if (text.length * UTF8_MOST <= MOST_BYTES && text.isWellFormed() && !text.includes('\0'))
    return text;
  const clean = text.toWellFormed().replaceAll('\0', '\uFFFD');
  if (clean.length * UTF8_MOST <= MOST_BYTES || Buffer.byteLength(clean) <= MOST_BYTES)
    return clean;
  const hash = createHash('sha256').update(text).digest('hex').slice(0, HASH_DIGITS);
  const room = MOST_BYTES - Buffer.byteLength(MARK) - HASH_DIGITS;
  // A character that is cut in two ends in U+FFFD.
  const cut = Buffer.from(clean)
    .subarray(0, room)
    .toString()
    .replace(/\uFFFD+$/, '');
  return `${cut}${MARK}${hash}`;
}
