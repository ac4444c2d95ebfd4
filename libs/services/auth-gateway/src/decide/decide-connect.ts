import type { DeviceCredential, ProductCredential } from '@tallystick/contracts';
import {
  keepAliveFits,
  type Claim,
  type ParsedConnect,
  type RefusalReason,
} from '@tallystick/dialects';
import { assertNever } from '@tallystick/kernel';
import type { ViewLookup } from '../view/view-lookup.ts';
import type { Budgets, ConnectDecision, Denial } from './decision.types.ts';
import type { ProofAttempt, ProofChecker } from './proof.ts';
import { denyUnproven, namedBy } from './named.ts';
import { ruleOf } from './rules.ts';
import { secretsOfDevice, secretsOfProduct } from './sealed-secrets.ts';

export interface DecisionContext {
  readonly view: ViewLookup;
  readonly proofs: ProofChecker;
  readonly nowMs: number;
  /** Age of the fast lane's tick. */
  readonly stalenessMs: number;
  /** False after a warm start until the view has what happened meanwhile. */
  readonly caughtUp: boolean;
  readonly budgets: Budgets;
  readonly keepAliveSeconds: number;
}

type Claims = Extract<ParsedConnect, { readonly kind: 'claims' }> & {
  readonly productKey: string;
  readonly deviceKey: string;
};
type ByProduct = Extract<Claim, { kind: 'activation' | 'claim-unit' | 'not-offered' }>;

interface Subject {
  readonly connect: Claims;
  readonly product: ProductCredential | null;
  readonly device: DeviceCredential | null;
  readonly proofs: ProofAttempt;
}

/**
 * How old the view may be before an unknown name means "unknown" and not "not yet heard of"
 * (libs/README.md, rule 8).
 */
export const SURE_WITHIN_MS = 1_500;

/**
 * Rule of a denial whose cause are the gateway's own keys: they are not those that its credentials
 * are sealed under.
 */
export const KEYS_RULE = 'gateway.keys';

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
  const { productKey, deviceKey } = parsed;
  if (productKey === null || deviceKey === null)
    return denyUnproven(parsed, context.view, 'malformed-credentials', 'wire.form');
  const product = context.view.product(productKey);
  const device = context.view.device(productKey, deviceKey);
  const secrets = {
    device: device && secretsOfDevice(device),
    product: product && secretsOfProduct(product),
  };
  const proofs = context.proofs.attempt(secrets, context.nowMs);
  const subject = { connect: { ...parsed, productKey, deviceKey }, product, device, proofs };
  for (const claim of parsed.claims) {
    const decision = decideClaim(subject, claim, context);
    if (decision !== null) return decision;
  }
  return notProven(subject, isSure(context));
}

/** A product of one dialect is read in that dialect alone. */
function speaks(product: ProductCredential | null, claim: Claim): boolean {
  return product !== null && (product.dialect === 'auto' || product.dialect === claim.dialect);
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
  const spoken = speaks(subject.product, claim);
  const product = spoken ? subject.product : null;
  const device = spoken ? subject.device : null;
  switch (claim.kind) {
    case 'signed':
      return decideSigned(subject, claim, product, device, context);
    case 'token':
      return decideToken(subject, claim, product, device, context);
    case 'activation':
    case 'claim-unit':
    case 'not-offered':
      return decideByProduct(subject, claim, product, context);
    default:
      return assertNever(claim);
  }
}

function decideSigned(
  subject: Subject,
  claim: Extract<Claim, { kind: 'signed' }>,
  product: ProductCredential | null,
  device: DeviceCredential | null,
  context: DecisionContext,
): ConnectDecision | null {
  const secretVersion = subject.proofs.version(claim, 'device');
  if (secretVersion === null || device === null || product === null) return null;
  const of = { ...facts(subject, claim), dialect: claim.dialect, secretVersion };
  const barred = barredLogin(device, product, claim, context, context.budgets.secretMs);
  if (barred !== null) return { decision: 'deny', reason: barred, ...of };
  const activates = device.active && !device.dynamicOpen ? null : 'static';
  return { decision: 'allow', ...of, device, product, unit: null, activates };
}

function decideToken(
  subject: Subject,
  claim: Extract<Claim, { kind: 'token' }>,
  product: ProductCredential | null,
  device: DeviceCredential | null,
  context: DecisionContext,
): ConnectDecision | null {
  const { clientId } = subject.connect;
  const unit = unitOf(device, clientId);
  const right = context.proofs.token(claim.token, unit?.tokenHash ?? null);
  if (!right || unit === undefined || device === null || product === null) return null;
  const of = { ...facts(subject, claim), dialect: claim.dialect };
  const barred =
    barredLogin(device, product, claim, context, context.budgets.tokenMs) ??
    (unit.state === 'forbidden' ? 'unit-forbidden' : null);
  if (barred !== null) return { decision: 'deny', reason: barred, ...of };
  const activates = saysNews(device) || unit.state === 'pending' ? 'registration-free' : null;
  return { decision: 'allow', ...of, device, product, unit: clientId, activates };
}

/**
 * Whether a unit's login changes something: after a reset it closes dynamic activation again,
 * unless there is a secret that may still be fetched.
 */
function saysNews({ active, dynamicOpen, secrets }: DeviceCredential): boolean {
  return !active || (dynamicOpen && secrets.length === 0);
}

/** A unit that is being purged has no token any more. */
function unitOf(device: DeviceCredential | null, clientId: string) {
  return device?.units.find((unit) => unit.clientId === clientId && unit.state !== 'purging');
}

function decideByProduct(
  subject: Subject,
  claim: ByProduct,
  product: ProductCredential | null,
  context: DecisionContext,
): ConnectDecision | null {
  const secretVersion = subject.proofs.version(claim, 'product');
  if (secretVersion === null || product === null) return null;
  const of = { ...facts(subject, claim), dialect: claim.dialect, secretVersion };
  const barred = barredByProduct(claim, context);
  if (barred !== null) return { decision: 'deny', reason: barred, ...of };
  return { decision: 'ask-registry', ...of, product };
}

/** Past its budget a gateway cannot even tell who is disabled. */
function barredLogin(
  device: DeviceCredential,
  product: ProductCredential,
  claim: Claim,
  context: DecisionContext,
  budgetMs: number,
): RefusalReason | null {
  if (context.stalenessMs > budgetMs) return 'view-stale';
  if (device.disabled) return 'device-disabled';
  if (product.certificateRequired) return 'certificate-required';
  return barredKeepAlive(claim, context);
}

/**
 * Dynamic activation is served from a later release on: until then it is off for every product. The
 * keep-alive is not looked at: Alibaba holds nobody to its range who only registers.
 */
function barredByProduct(claim: ByProduct, context: DecisionContext): RefusalReason | null {
  if (claim.kind === 'not-offered') return 'mode-not-offered';
  if (claim.kind === 'activation') return 'dynamic-activation-off';
  return context.stalenessMs > context.budgets.tokenMs ? 'view-stale' : null;
}

function barredKeepAlive(
  claim: Claim,
  { keepAliveSeconds }: DecisionContext,
): RefusalReason | null {
  const fits = keepAliveFits(claim.dialect, claim.kind, keepAliveSeconds);
  return fits ? null : 'keep-alive-out-of-range';
}

function facts({ connect, product, device }: Subject, claim: Claim) {
  const { productKey, deviceKey, clientId } = connect;
  const named = { ...namedBy(connect, product, device), productKey, deviceKey, clientId };
  return { ...named, rule: ruleOf(claim), secretVersion: null };
}

/** Whether the view can be sure of what it does not hold. */
function isSure({ caughtUp, stalenessMs }: DecisionContext): boolean {
  return caughtUp && stalenessMs <= SURE_WITHIN_MS;
}

function notProven(subject: Subject, sure: boolean): Denial {
  const { connect, product } = subject;
  const claim = connect.claims.find((one) => speaks(product, one)) ?? connect.claims[0];
  if (claim === undefined) throw new Error('a CONNECT without a claim is malformed');
  const of = { ...facts(subject, claim), dialect: claim.dialect };
  // The fault is this gateway's: a device must not be told that its secret is wrong.
  if (subject.proofs.unreadable)
    return { decision: 'deny', ...of, reason: 'view-stale', rule: KEYS_RULE };
  if (!sure) return { decision: 'deny', ...of, reason: 'view-stale' };
  // On the common port the packet alone does not say that it is to be EnOS's.
  if (product?.dialect === 'enos' && claim.dialect !== 'enos')
    return { decision: 'deny', ...of, dialect: 'enos', reason: 'malformed-client-id' };
  return { decision: 'deny', ...of, reason: whatIsWrong(subject, claim) };
}

/** The reason to refuse a claim that is not proven. */
function whatIsWrong({ product, device }: Subject, claim: Claim): RefusalReason {
  if (product === null) return 'unknown-product';
  const byProduct = claim.kind !== 'signed' && claim.kind !== 'token';
  return device === null && !byProduct ? 'unknown-device' : 'bad-secret';
}
