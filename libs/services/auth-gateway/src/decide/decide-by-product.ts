import type { DeviceCredential, ProductCredential } from '@tallystick/contracts';
import type { Claim, RefusalReason } from '@tallystick/dialects';
import { isSure, type DecisionContext } from './decision-context.ts';
import type { ConnectDecision } from './decision.types.ts';
import { barredKeepAlive, barredTime, type Spoken } from './decide-login.ts';
import { facts, type Subject } from './subject.ts';

type ByProduct = Extract<Claim, { kind: 'activation' | 'claim-unit' | 'not-offered' }>;

/** Proven with the product's secret. Null: it is not proven. */
export function decideByProduct(
  subject: Subject,
  claim: ByProduct,
  { product, device }: Spoken,
  context: DecisionContext,
): ConnectDecision | null {
  const secretVersion = subject.proofs.version(claim, 'product');
  if (secretVersion === null || product === null) return null;
  const of = { ...facts(subject, claim), secretVersion };
  const deny = (reason: RefusalReason): ConnectDecision => ({ decision: 'deny', reason, ...of });
  const { productKey, deviceKey } = subject;
  if (claim.kind === 'not-offered') return deny('mode-not-offered');
  const barred = barredAsking(claim, product, device, context);
  if (barred !== null) return deny(barred);
  // An id that is too long for a node id, and is no device's.
  if (productKey === null || deviceKey === null) return deny('unknown-device');
  const ask = { decision: 'ask-registry', ...of, product, productKey, deviceKey } as const;
  if (claim.kind === 'claim-unit') return { ...ask, asks: 'unit' };
  const { delivery } = claim;
  return { ...ask, asks: 'secret', delivery, saidId: subject.connect.deviceId };
}

function barredAsking(
  claim: Exclude<ByProduct, { kind: 'not-offered' }>,
  product: ProductCredential,
  device: DeviceCredential | null,
  context: DecisionContext,
): RefusalReason | null {
  if (claim.kind === 'activation') {
    const time = barredTime(claim, context);
    if (time !== null) return time;
  }
  if (context.stalenessMs > context.budgets.tokenMs) return 'view-stale';
  if (product.certificateRequired) return 'certificate-required';
  return claim.kind === 'activation'
    ? (barredActivation(product, device, context) ?? barredKeepAlive(claim, context))
    : null;
}

/**
 * What the view knows already is refused here. A registry is asked wherever the view may be behind:
 * also for a name that the view has not, for it may have been registered a moment ago.
 */
function barredActivation(
  product: ProductCredential,
  device: DeviceCredential | null,
  context: DecisionContext,
): RefusalReason | null {
  const sure = isSure(context);
  if (sure && !product.dynamicActivation) return 'dynamic-activation-off';
  if (device === null) return null;
  if (sure && device.disabled) return 'device-disabled';
  // It was this gateway that let the device in with its own secret: of that it is always sure.
  if (context.isActivatedHere(device)) return 'already-activated';
  return sure && device.active && !device.dynamicOpen ? 'already-activated' : null;
}
