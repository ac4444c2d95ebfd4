/** Why a device went offline. The one list: contracts and schemas are made of it. */
export const OFFLINE_REASONS = [
  'client',
  'connection-lost',
  'keep-alive',
  'silence',
  'gateway-lost',
  'disabled',
  'deleted',
  'secret-reset',
  'forbidden',
  'kicked',
  'certificate-revoked',
  'certificate-expired',
  'certificate-required',
  'reset',
  'parent-closed',
  'detached',
  'limit',
  'protocol-error',
  'topic-refused',
  'packet-too-large',
  'gateway-closing',
] as const;

export type OfflineReason = (typeof OFFLINE_REASONS)[number];

/** Why a session ended: a takeover leaves the device online. */
export type SessionEnd = OfflineReason | 'taken-over';
