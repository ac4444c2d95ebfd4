import { describe, expect, it } from 'vitest';
import { isKeyOf, keysOf } from './keys-of.ts';

describe('the keys of a record', () => {
  it('are its own, in its order', () => {
    const keys: readonly ('b' | 'a')[] = keysOf({ b: 1, a: undefined });
    expect(keys).toEqual(['b', 'a']);
  });

  it('are none that every object has', () => {
    const found = ['a', 'toString', '__proto__', 'b'].filter((key) => isKeyOf({ a: 1 }, key));
    expect(found).toEqual(['a']);
  });
});
