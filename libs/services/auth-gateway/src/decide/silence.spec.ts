import { describe, expect, it } from 'vitest';
import { product } from '../fixtures/credentials.ts';
import { silenceRuleOf } from './silence.ts';

describe('how long a session may be silent', () => {
  it('is for ever where the product does not say, or is not there', () => {
    expect(silenceRuleOf(product())).toBeNull();
    expect(silenceRuleOf(null)).toBeNull();
  });

  it('is as the product says', () => {
    const given = product({ silenceSeconds: 60, silenceCounts: 'message' });
    expect(silenceRuleOf(given)).toEqual({ seconds: 60, counts: 'message' });
  });

  it.each([
    ['enos', 'message'],
    ['alibaba', 'packet'],
    ['auto', 'packet'],
  ] as const)(
    'counts, in a record of an earlier release of dialect %s, a %s',
    (dialect, counts) => {
      const { silenceCounts: _, ...earlier } = product({ dialect, silenceSeconds: 60 });
      expect(silenceRuleOf(earlier)).toEqual({ seconds: 60, counts });
    },
  );
});
