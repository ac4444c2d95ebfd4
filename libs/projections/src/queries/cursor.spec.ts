import { describe, expect, it } from 'vitest';
import { fromCursor, toCursor } from './cursor.ts';

const SHAPE = [0, ''] as const;
const encode = (text: string): string => Buffer.from(text, 'utf8').toString('base64url');

describe('a cursor', () => {
  it('given one of this list, then the place it was made of', () => {
    expect(fromCursor(toCursor([17, 'dv_ä']), SHAPE)).toEqual([17, 'dv_ä']);
  });

  it.each([
    ['no JSON', 'x'],
    ['no list', '{}'],
    ['a part too few', '[1]'],
    ['a part too many', '[1,"a",2]'],
    ['parts in another order', '["a",1]'],
    ['no whole number', '[1.5,"a"]'],
    ['a number that is too large', '[1e300,"a"]'],
    ['a control character', String.raw`[1,"a\u0000"]`],
    ['half a character', String.raw`[1,"\ud800"]`],
  ])('given %s, then it is none of this list: a database is not asked with it', (_, text) => {
    expect(fromCursor(encode(text), SHAPE)).toBeNull();
  });
});
