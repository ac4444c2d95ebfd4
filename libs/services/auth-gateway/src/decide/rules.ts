import type { Claim, ProofCandidate, RefusalReason } from '@tallystick/dialects';
import { assertNever } from '@tallystick/kernel';
import type { Asking } from './decision.types.ts';

const methodOf = (candidate: ProofCandidate | undefined): string =>
  `${candidate?.scheme === 'hash-suffix' ? '' : 'hmac'}${candidate?.algorithm ?? ''}`;

/** Two switches, and the reason names one alone: the rule names both. */
const BOTH_SWITCHES = 'needs-registrationFree-and-dynamicActivation';

/** What the registry has refused. */
export function refusalOf({ asks, dialect, rule }: Asking, reason: RefusalReason) {
  const needs = asks === 'unit' && reason === 'dynamic-activation-off';
  return { reason, rule: needs ? `${dialect}.regnwl.${BOTH_SWITCHES}` : rule };
}

/**
 * The name under which `explain` shows how a CONNECT was judged. `overPsk`: the handshake of its
 * connection has proven the device besides.
 */
export function ruleOf(claim: Claim, overPsk = false): string {
  switch (claim.kind) {
    case 'signed':
      return `${claim.dialect}.${overPsk ? 'psk' : 'static'}.${methodOf(claim.candidates[0])}`;
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
