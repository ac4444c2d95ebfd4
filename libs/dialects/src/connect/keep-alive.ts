import type { Claim, DialectName } from './claim.types.ts';

/** Seconds; 0 (none at all) is outside. */
const isVendorsRange = (seconds: number): boolean => seconds >= 30 && seconds <= 1_200;

/**
 * Whether the dialect takes this keep-alive. Alibaba holds nobody to its range who only registers;
 * EnOS has none.
 */
export function keepAliveFits(dialect: DialectName, kind: Claim['kind'], seconds: number): boolean {
  if (dialect === 'enos') return true;
  const registers = kind === 'activation' || kind === 'claim-unit';
  return (dialect === 'alibaba' && registers) || isVendorsRange(seconds);
}
