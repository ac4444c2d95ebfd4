/** Names of one IN list. */
const NAMES = 256;

/**
 * Parts whose sizes are powers of two, the last name repeated to fill one up: few different
 * statements are ever prepared.
 */
export function* inParts(names: readonly string[]): Generator<readonly string[]> {
  for (let at = 0; at < names.length; at += NAMES) {
    const part = names.slice(at, at + NAMES);
    const size = 2 ** Math.ceil(Math.log2(part.length));
    const last = part.at(-1) ?? '';
    yield [...part, ...Array.from({ length: size - part.length }, () => last)];
  }
}

export function marksOf(part: readonly unknown[]): string {
  return part.map(() => '?').join(',');
}
