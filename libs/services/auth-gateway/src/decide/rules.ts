import type { Claim, ProofCandidate } from '@tallystick/dialects';
import { assertNever } from '@tallystick/kernel';

const methodOf = (candidate: ProofCandidate | undefined): string =>
  `${candidate?.scheme === 'hmac' ? 'hmac' : ''}${candidate?.algorithm ?? ''}`;

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
    default:
      return assertNever(claim);
  }
}
