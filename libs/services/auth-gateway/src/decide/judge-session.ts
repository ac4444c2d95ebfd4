import type { CloseReason, DeviceCredential } from '@tallystick/contracts';
import type { ViewLookup } from '../view/view-lookup.ts';

/** What a live session was let in by. */
export interface SessionBasis {
  readonly productKey: string;
  readonly deviceKey: string;
  readonly generation: number;
  readonly unit: string | null;
  readonly secretVersion: number | null;
}

/** Whether a session that is live would still be let in: null, or why it must go. */
export function judgeSession(
  basis: SessionBasis,
  view: Pick<ViewLookup, 'product' | 'device'>,
  nowMs: number,
): CloseReason | null {
  const device = view.device(basis.productKey, basis.deviceKey);
  const product = view.product(basis.productKey);
  if (device === null || product === null) return 'deleted';
  if (device.generation !== basis.generation) return 'deleted';
  if (device.disabled) return 'disabled';
  // Every session came by a secret or a token.
  if (product.certificateRequired) return 'certificate-required';
  if (!unitMayStay(basis.unit, device)) return 'forbidden';
  return secretStands(basis.secretVersion, device, nowMs) ? null : 'secret-reset';
}

function unitMayStay(clientId: string | null, device: DeviceCredential): boolean {
  if (clientId === null) return true;
  const unit = device.units.find((one) => one.clientId === clientId);
  return unit?.state === 'pending' || unit?.state === 'active';
}

/**
 * Until when a version of the device's secret is accepted; null: no end is set, or the session has
 * none of its own.
 */
export function secretUntil(
  version: number | null,
  device: DeviceCredential | null,
): number | null {
  return device?.secrets.find((secret) => secret.version === version)?.expiresAt ?? null;
}

function secretStands(version: number | null, device: DeviceCredential, nowMs: number): boolean {
  if (version === null) return true;
  return device.secrets.some(
    (secret) =>
      secret.version === version && (secret.expiresAt === null || secret.expiresAt > nowMs),
  );
}
