import type { Claim, ParsedConnect, RefusalReason } from '@tallystick/dialects';
import { assertNever } from '@tallystick/kernel';
import { decideByProduct } from './decide-by-product.ts';
import { decideSigned, decideToken } from './decide-login.ts';
import { isSure, type DecisionContext } from './decision-context.ts';
import type { ConnectDecision, Denial } from './decision.types.ts';
import { meantBy } from './meant.ts';
import { denyUnproven } from './named.ts';
import { secretsOfDevice, secretsOfProduct } from './sealed-secrets.ts';
import { facts, speaks, type Claims, type Subject } from './subject.ts';

/**
 * Rule of a denial whose cause are the gateway's own keys: they are not those that its credentials
 * are sealed under.
 */
export const KEYS_RULE = 'gateway.keys';

/** Rule of a CONNECT for one device on a TLS-PSK connection that another one has proven. */
const OTHER_DEVICE_RULE = 'alibaba.psk.other-device';

/** A CONNECT's work where its bytes name no secret at all. */
const DUMMY_PROOF = {
  candidates: [
    { algorithm: 'sha256', scheme: 'hmac', content: '' },
    { algorithm: 'sha256', scheme: 'hmac', content: '' },
  ],
  presented: '',
} as const;

const NO_SECRETS = { device: null, product: null };

/** May this CONNECT in? Given what the view holds now; nothing is written, no service is asked. */
export function decideConnect(parsed: ParsedConnect, context: DecisionContext): ConnectDecision {
  if (parsed.kind === 'malformed') {
    if (parsed.reason === 'malformed-credentials')
      context.proofs.attempt(NO_SECRETS, context.nowMs).version(DUMMY_PROOF, 'device');
    return denyUnproven(parsed, context.view, parsed.reason, 'wire.form');
  }
  const subject = subjectOf(parsed, context);
  for (const claim of parsed.claims) {
    const decision = decideClaim(subject, claim, context);
    if (decision !== null) return decision;
  }
  return notProven(subject, context);
}

function subjectOf(connect: Claims, context: DecisionContext): Subject {
  const { psk, view, nowMs } = context;
  const meant = meantBy(connect, view);
  const { productKey, deviceKey, product, device } = meant;
  const secrets = {
    device: device && secretsOfDevice(device),
    product: product && secretsOfProduct(product),
  };
  const proofs = context.proofs.attempt(secrets, nowMs);
  const isAnothers = psk !== null && (psk.productKey !== productKey || psk.deviceKey !== deviceKey);
  return { ...meant, connect, proofs, overPsk: psk !== null, isAnothers };
}

/**
 * Null: the claim is not proven. Every claim is worked through, also where it cannot be right, so
 * that all refusals cost the same.
 */
function decideClaim(
  subject: Subject,
  claim: Claim,
  context: DecisionContext,
): ConnectDecision | null {
  const { product, device, isAnothers } = subject;
  const heard = speaks(product, claim) && !isAnothers;
  const spoken = heard ? { product, device } : { product: null, device: null };
  switch (claim.kind) {
    case 'signed':
      return decideSigned(subject, claim, spoken, context);
    case 'token':
      return decideToken(subject, claim, spoken, context);
    case 'activation':
    case 'claim-unit':
    case 'not-offered':
      return decideByProduct(subject, claim, spoken, context);
    default:
      return assertNever(claim);
  }
}

function notProven(subject: Subject, context: DecisionContext): Denial {
  const { connect, product } = subject;
  const claim = connect.claims.find((one) => speaks(product, one)) ?? connect.claims[0];
  if (claim === undefined) throw new Error('a CONNECT without a claim is malformed');
  const of = facts(subject, claim);
  if (subject.isAnothers)
    return { decision: 'deny', ...of, reason: 'bad-secret', rule: OTHER_DEVICE_RULE };
  // The fault is this gateway's: a device must not be told that its secret is wrong.
  if (subject.proofs.unreadable)
    return { decision: 'deny', ...of, reason: 'view-stale', rule: KEYS_RULE };
  if (!isSure(context)) return { decision: 'deny', ...of, reason: 'view-stale' };
  if (isUnreadEnos(subject, claim, context))
    return { decision: 'deny', ...of, dialect: 'enos', reason: 'malformed-client-id' };
  if (subject.several.length > 0) return ambiguous(subject, of);
  return { decision: 'deny', ...of, reason: whatIsWrong(subject, claim, context) };
}

/**
 * On the common port the packet alone does not say that it is to be EnOS's. One that names a device
 * alone must not hear so: then its answer would tell that there is such a device. Over HTTP there
 * is no ClientID to be read.
 */
function isUnreadEnos(
  { product, connect }: Subject,
  claim: Claim,
  { keepAliveSeconds }: DecisionContext,
): boolean {
  const isOthers = product?.dialect === 'enos' && claim.dialect !== 'enos';
  return isOthers && connect.productKey !== null && keepAliveSeconds !== null;
}

/** Each device that has the name is told of, so that its operator finds the other one. */
function ambiguous({ several, connect }: Subject, of: ReturnType<typeof facts>): Denial {
  const means = several.map(({ tenant, productKey, deviceKey, deviceId }) => ({
    ...{ tenant, productKey, deviceKey, deviceId, clientId: connect.clientId },
    knownUnit: false,
  }));
  return { decision: 'deny', ...of, reason: 'ambiguous-name', means };
}

/** The reason to refuse a claim that is not proven. */
function whatIsWrong(
  { product, device, connect }: Subject,
  claim: Claim,
  { inTheClear }: DecisionContext,
): RefusalReason {
  // A device id or a node id names no product.
  if (product === null) return connect.productKey === null ? 'unknown-device' : 'unknown-product';
  // No secret is of use there: whether it would be right is not told.
  if (product.certificateRequired && inTheClear) return 'certificate-required';
  const byProduct = claim.kind !== 'signed' && claim.kind !== 'token';
  return device === null && !byProduct ? 'unknown-device' : 'bad-secret';
}
