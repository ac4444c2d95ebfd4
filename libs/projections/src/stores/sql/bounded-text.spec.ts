import { describe, expect, it } from 'vitest';
import { boundedText } from './bounded-text.ts';

const bytes = (text: string): number => Buffer.byteLength(text);

describe('a text as every database stores it', () => {
  it.each(['', 'plain', 'Zähler 電力 🔌', '電'.repeat(256)])(
    'given %j, it is as it was',
    (text) => {
      expect(boundedText(text)).toBe(text);
    },
  );

  it('given U+0000 and half a surrogate pair, they are told by U+FFFD', () => {
    expect(boundedText('a\0b\uD800c')).toBe('a\uFFFDb\uFFFDc');
  });

  it('given texts that differ beyond the bound, they are cut and still told apart', () => {
    const [one, other] = ['a', 'b'].map((end) => boundedText(`${'é🔌'.repeat(2_000)}${end}`));
    expect(bytes(one ?? '')).toBeLessThanOrEqual(800);
    expect(bytes(other ?? '')).toBeLessThanOrEqual(800);
    expect(one).not.toBe(other);
    expect(one?.isWellFormed()).toBe(true);
  });
});
