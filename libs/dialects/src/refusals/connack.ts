import type { DialectName } from '../connect/claim.types.ts';
import type { RefusalReason } from './refusal-reasons.ts';

/** CONNACK return codes of MQTT 3.1.1, section 3.2.2.3. */
export type ConnackCode = 1 | 2 | 3 | 4 | 5;

/** MQTT's edge: every reason has its place here, or this does not compile. */
const CODES = {
  'bad-secret': 4,
  'unknown-device': 4,
  'unknown-product': 4,
  'malformed-credentials': 4,
  'malformed-client-id': 2,
  'keep-alive-out-of-range': 5,
  'protocol-version': 1,
  'timestamp-out-of-range': 4,
  'device-disabled': 5,
  'unit-forbidden': 5,
  'name-closed': 5,
  'slots-full': 5,
  'dynamic-activation-off': 5,
  'already-activated': 4,
  'certificate-required': 5,
  'view-stale': 3,
  'registry-away': 3,
  'too-many-requests': 3,
  'topic-refused': 5,
  'ambiguous-name': 4,
  'mode-not-offered': 5,
} as const satisfies Record<RefusalReason, ConnackCode>;

/** Where a dialect answers otherwise than the others. */
const OF_DIALECT: Readonly<Record<DialectName, Partial<Record<RefusalReason, ConnackCode>>>> = {
  alibaba: {},
  enos: {},
  huawei: { 'keep-alive-out-of-range': 2 },
};

/** The table of README.md. A null dialect: the packet did not say which. */
export function connackOf(reason: RefusalReason, dialect: DialectName | null): ConnackCode {
  return (dialect === null ? undefined : OF_DIALECT[dialect][reason]) ?? CODES[reason];
}
