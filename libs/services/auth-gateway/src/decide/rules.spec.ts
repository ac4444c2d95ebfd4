import { describe, expect, it } from 'vitest';
import type { UnitClaim } from './decision.types.ts';
import { refusalOf } from './rules.ts';

const claim = { asks: 'unit', dialect: 'alibaba', rule: 'alibaba.regnwl.hmacsha256' } as UnitClaim;

describe('a claim for a slot that the registry refuses', () => {
  it('given the product is not open to it, then the rule names both switches', () => {
    expect(refusalOf(claim, 'dynamic-activation-off')).toEqual({
      reason: 'dynamic-activation-off',
      rule: 'alibaba.regnwl.needs-registrationFree-and-dynamicActivation',
    });
  });

  it('given another reason, then the rule is that of the claim', () => {
    expect(refusalOf(claim, 'slots-full')).toEqual({ reason: 'slots-full', rule: claim.rule });
  });
});
