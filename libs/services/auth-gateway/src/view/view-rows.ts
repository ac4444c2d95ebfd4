import type {
  CredentialGone,
  CredentialRecord,
  DeviceCredential,
  ProductCredential,
} from '@tallystick/contracts';
import type { JsonValue } from '@tallystick/kernel';

/** What stands under a key of the view: a state, or the marker of a key without a life. */
export type ViewRow = Exclude<CredentialRecord, { readonly kind: 'tick' }>;

export const productRow = (productKey: string): string => `p/${productKey}`;
export const deviceRow = (productKey: string, deviceKey: string): string =>
  `d/${productKey}/${deviceKey}`;
/** Points at the device's row: a dialect may name the device id alone. */
export const deviceIdRow = (deviceId: string): string => `i/${deviceId}`;

export function rowKeyOf(row: ViewRow): string {
  const deviceKey = row.kind === 'product' ? null : row.deviceKey;
  return deviceKey === null ? productRow(row.productKey) : deviceRow(row.productKey, deviceKey);
}

/** Only this gateway writes rows, so their shape was checked when the record was read. */
export function asRow(value: JsonValue | undefined): ViewRow | undefined {
  return value as ViewRow | undefined;
}

export function asValue(row: ViewRow): JsonValue {
  return row as unknown as JsonValue;
}

/** The store's incarnation when the record was made; a release that knew no adoption wrote none. */
const incarnationOf = ({ incarnation }: ViewRow): number => incarnation ?? 1;

/**
 * Both lanes carry the same record, in whatever order: the greater (revision, key epoch) stands.
 * A store that was adopted gives revisions again: the higher incarnation stands whatever the rest.
 */
export function isNewer(row: ViewRow, current: ViewRow | undefined): boolean {
  if (current === undefined) return true;
  const ahead = incarnationOf(row) - incarnationOf(current);
  if (ahead !== 0) return ahead > 0;
  if (row.revision > current.revision) return true;
  return row.revision === current.revision && row.keyEpoch > current.keyEpoch;
}

export const liveProduct = (row: ViewRow | undefined): ProductCredential | null =>
  row?.kind === 'product' ? row : null;

export const liveDevice = (row: ViewRow | undefined): DeviceCredential | null =>
  row?.kind === 'device' ? row : null;

export const isGone = (row: ViewRow | undefined): row is CredentialGone => row?.kind === 'gone';
