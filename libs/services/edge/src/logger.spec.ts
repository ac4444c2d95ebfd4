import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';

describe('the log', () => {
  it('given a level that there is, then that; given another, then warn: nothing ends for its sake', () => {
    expect(createLogger('spec', 'error').level).toBe('error');
    expect(createLogger('spec', 'verbose').level).toBe('warn');
  });
});
