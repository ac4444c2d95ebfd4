/** Every reason for which a CONNECT is refused. */
export const REFUSAL_REASONS = [
  'bad-secret',
  'unknown-device',
  'unknown-product',
  'malformed-credentials',
  'malformed-client-id',
  'keep-alive-out-of-range',
  'protocol-version',
  'timestamp-out-of-range',
  'device-disabled',
  'unit-forbidden',
  'name-closed',
  'slots-full',
  'dynamic-activation-off',
  'already-activated',
  'certificate-required',
  'view-stale',
  'registry-away',
  'too-many-requests',
  'topic-refused',
  'ambiguous-name',
  'mode-not-offered',
] as const;

export type RefusalReason = (typeof REFUSAL_REASONS)[number];
