const MOST_NAMED = 4;
const LONGEST = 128;

/** Text that steers what follows it, where it is shown (UAX #9, section 2). */
const STEERS = /[\u202a-\u202e\u2066-\u2069]/u;

const nameOf = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;

const isPlain = (character: string): boolean => character >= ' ' && character <= '~';

/** ` (holds U+202E)`: the characters beyond printable ASCII, so that what is not seen is named. */
export function namedCharacters(text: string): string {
  const odd = new Set([...text.slice(0, 4 * LONGEST)].filter((each) => !isPlain(each)));
  if (odd.size === 0) return '';
  const names = [...odd].slice(0, MOST_NAMED).map(nameOf);
  return ` (holds ${names.join(', ')}${odd.size > MOST_NAMED ? ' and more' : ''})`;
}

/** Safe to print on a terminal: what is not printable ASCII is written as `\u{202e}`. */
export function shownKey(text: string): string {
  const shown = [...text.slice(0, LONGEST)].map((character) =>
    isPlain(character) ? character : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
  return shown.join('').slice(0, LONGEST);
}

export const steersText = (text: string): boolean => STEERS.test(text);
