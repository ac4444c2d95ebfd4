/**
 * Control, format (bidirectional marks among them), line-separating and half characters: raw, they
 * would steer a terminal or turn the order of what is read on it.
 */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** `\u202e`: in a JSON text it means the same as the character itself. */
function escaped(found: string): string {
  const units = Array.from({ length: found.length }, (_, index) => found.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}

/** A text of several lines as it may reach a terminal. */
export function printable(text: string): string {
  return text.replace(UNSAFE, (found) => (found === '\n' ? found : escaped(found)));
}

/** A text from elsewhere inside one line: it cannot begin a line of its own. */
export function onOneLine(text: string): string {
  return text.replace(UNSAFE, escaped);
}
