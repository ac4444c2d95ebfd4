import { deviceStream } from '@tallystick/contracts';
import {
  derivedDeviceId,
  secretFormOf,
  type DeviceKeyScope,
  type Dialect,
  type SecretForm,
} from '@tallystick/domain';
import type { Ids } from '@tallystick/ports';
import { heldNamesOf, type HeldName } from '../handlers/held-names.ts';
import type { PlannedRow } from './planned-row.types.ts';
import type { ImportRow, ReadRow, RowRefusal } from './row.types.ts';

/** A row that may become a device, with the names that it then has. */
export interface Candidate {
  readonly row: number;
  readonly input: ImportRow;
  readonly deviceKey: string;
  readonly deviceId: string;
  readonly stream: string;
  /** Of a secret that it is given none. */
  readonly secretForm: SecretForm;
  /** What it holds beside its own stream. */
  readonly names: readonly HeldName[];
}

export interface RowOfChunk {
  readonly row: number;
  readonly read: Candidate | RowRefusal;
}

export const isCandidate = (read: Candidate | RowRefusal): read is Candidate => 'input' in read;

export interface Naming {
  readonly tenant: string;
  readonly scope: DeviceKeyScope;
  readonly ids: Ids;
  /** By product, of those that the rows name. */
  readonly dialects: ReadonlyMap<string, Dialect>;
}

/**
 * Names are given once, so that a decision that is made anew is about the same devices: those of an
 * earlier plan stay.
 */
export function toCandidate(
  read: ReadRow,
  row: number,
  { tenant, scope, ids, dialects }: Naming,
  planned?: PlannedRow,
): RowOfChunk {
  if (!read.ok) return { row, read: read.error };
  const { value: input } = read;
  const known = planned === undefined || planned.state === 'refused' ? null : planned;
  const deviceKey = known?.deviceKey ?? input.deviceKey ?? ids.token(20);
  const { productKey } = input;
  const dialect = dialects.get(productKey) ?? 'auto';
  const derived = derivedDeviceId(dialect, productKey, deviceKey);
  const deviceId = known?.deviceId ?? input.deviceId ?? derived ?? ids.deviceId();
  const stream = deviceStream(tenant, productKey, deviceKey);
  const secretForm = secretFormOf(dialect);
  const names = heldNamesOf({ tenant, scope }, { deviceId, deviceKey });
  return { row, read: { row, input, deviceKey, deviceId, stream, secretForm, names } };
}
