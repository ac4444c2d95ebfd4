/**
 * Reasons of a decision, as `explain` and identity.decisions.v1 show them (libs/README.md, What
 * others rely on).
 */
export const DECISION_REASONS = [
  'ok',
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
  'packet-too-large',
  'protocol-error',
  'dtls-required',
  'ambiguous-name',
  'not-attached',
  'sub-device-limit',
  'sub-device-direct',
  'certificate-unknown',
  'certificate-revoked',
  'certificate-expired',
  'mode-not-offered',
] as const;

export type DecisionReason = (typeof DECISION_REASONS)[number];

/** The value of a record of identity.decisions.v1. Times are RFC 3339. */
export interface DecisionRecord {
  /** `end`: the gateway itself ended a session that it had let in. */
  readonly decision: 'allow' | 'deny' | 'end';
  readonly reason: DecisionReason;
  /** Which rule of the gateway decided, e.g. `alibaba.static.hmacsha256`. */
  readonly rule: string;
  readonly productKey: string | null;
  readonly deviceKey: string | null;
  /** SHA-256 (hex) of the ClientId as it came: ClientIds may be replayable. */
  readonly clientIdHash: string;
  readonly gatewayId: string;
  readonly viewPosition: number;
  readonly secretVersion: number | null;
  readonly count: number;
  readonly from: string;
  readonly to: string;
}

/**
 * The value of a record of internal.explain.v1: a decision on a known device, and the unit that was
 * named.
 */
export interface ExplainRecord extends DecisionRecord {
  /** The ClientId without the dialect's extension; null: none within the limits was said. */
  readonly clientId: string | null;
}
