import type { Claim, ProofCandidate, RefusalReason } from '@tallystick/dialects';
import { assertNever } from '@tallystick/kernel';
import type { UnitClaim } from './decision.types.ts';

const methodOf = (candidate: ProofCandidate | undefined): string =>
  `${candidate?.scheme === 'hash-suffix' ? '' : 'hmac'}${candidate?.algorithm ?? ''}`;

/** Two switches, and the reason names one alone: the rule names both. */
const BOTH_SWITCHES = 'needs-registrationFree-and-dynamicActivation';

/** A claim for a slot that the registry has refused. */
export function refusalOf({ dialect, rule }: UnitClaim, reason: RefusalReason) {
  const needs = reason === 'dynamic-activation-off';
  return { reason, rule: needs ? `${dialect}.regnwl.${BOTH_SWITCHES}` : rule };
}

/** The name under which `explain` shows how a CONNECT was judged. */
export function ruleOf(claim: Claim): string {
  switch (claim.kind) {
    case 'signed':
      return `${claim.dialect}.static.${methodOf(claim.candidates[0])}`;
    case 'token':
      return `${claim.dialect}.connwl`;
    case 'claim-unit':
      return `${claim.dialect}.regnwl.${methodOf(claim.candidates[0])}`;
    case 'activation':
      return `${claim.dialect}.dynamic.${methodOf(claim.candidates[0])}`;
    case 'not-offered':
      return `${claim.dialect}.not-offered.${methodOf(claim.candidates[0])}`;
    default:
      return assertNever(claim);
  }
}
