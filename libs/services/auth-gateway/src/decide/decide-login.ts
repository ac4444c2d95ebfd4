import type { DeviceCredential, ProductCredential } from '@tallystick/contracts';
import { isHourNow, keepAliveFits, type Claim, type RefusalReason } from '@tallystick/dialects';
import type { DecisionContext } from './decision-context.ts';
import type { ConnectDecision } from './decision.types.ts';
import { facts, type Subject } from './subject.ts';

/** The product and device of a claim; both null where the product does not speak its dialect. */
export interface Spoken {
  readonly product: ProductCredential | null;
  readonly device: DeviceCredential | null;
}

/** A login with the device's own secret. Null: it is not proven. */
export function decideSigned(
  subject: Subject,
  claim: Extract<Claim, { kind: 'signed' }>,
  { product, device }: Spoken,
  context: DecisionContext,
): ConnectDecision | null {
  const secretVersion = subject.proofs.version(claim, 'device');
  if (secretVersion === null || device === null || product === null) return null;
  const of = { ...facts(subject, claim), secretVersion };
  const barred =
    barredTime(claim, context) ??
    barredLogin(device, product, claim, context, context.budgets.secretMs);
  if (barred !== null) return { decision: 'deny', reason: barred, ...of };
  const activates = device.active && !device.dynamicOpen ? null : 'static';
  return { decision: 'allow', ...of, device, product, unit: null, activates };
}

/** A login of a unit with its token. Null: it is not proven. */
export function decideToken(
  subject: Subject,
  claim: Extract<Claim, { kind: 'token' }>,
  { product, device }: Spoken,
  context: DecisionContext,
): ConnectDecision | null {
  const { clientId } = subject.connect;
  const unit = unitOf(device, clientId);
  const right = context.proofs.token(claim.token, unit?.tokenHash ?? null);
  if (!right || unit === undefined || device === null || product === null) return null;
  const of = facts(subject, claim);
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

/** A proof that is bound to its time is worth nothing at another. */
export function barredTime(
  { checks }: Extract<Claim, { kind: 'signed' | 'activation' }>,
  { nowMs }: DecisionContext,
): RefusalReason | null {
  return checks === null || isHourNow(checks.hour, nowMs) ? null : 'timestamp-out-of-range';
}

export function barredKeepAlive(
  claim: Claim,
  { keepAliveSeconds: seconds }: DecisionContext,
): RefusalReason | null {
  const fits = seconds === null || keepAliveFits(claim.dialect, claim.kind, seconds);
  return fits ? null : 'keep-alive-out-of-range';
}
