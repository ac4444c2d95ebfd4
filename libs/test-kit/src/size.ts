import { inject } from 'vitest';

/**
 * How often a long test goes round: `short` in `npm test`, more in `npm run soak`. Such a test has
 * the tag `long`.
 */
export function rounds(short: number): number {
  return short * inject('size').times;
}

/** The given seeds in `npm test`; in `npm run soak` more of them, from the run's own seed on. */
export function seeds(...short: readonly number[]): readonly number[] {
  const { seed } = inject('size');
  return seed === null ? short : Array.from({ length: rounds(short.length) }, (_, i) => seed + i);
}
