import type { ProblemCode } from '@tallystick/contracts';
import { PortError } from '@tallystick/kernel';
import type { ChunkPlan, PlannedDevice, PlannedRow } from './planned-row.types.ts';

/**
 * A chunk as it is kept: JSON `[1, seeds, at, rows]`. A row is
 * `["r", deviceKey, code, detail]` or `[state, productKey, deviceKey, deviceId, secretId]`,
 * followed by `allocated (0 or 1), generation, revision, reserved` where they are not 1, 1, 0, [].
 */
type PackedDevice = readonly [
  state: keyof typeof STATES,
  productKey: string,
  deviceKey: string,
  deviceId: string,
  secretId: string,
  ...more: readonly [] | readonly [0 | 1, number, number, readonly number[]],
];
type PackedRow = PackedDevice | readonly ['r', deviceKey: string, code: ProblemCode, string];
type Packed = readonly [version: 1, ChunkPlan['seeds'], at: number, rows: readonly PackedRow[]];

const STATES = { a: 'accepted', k: 'kept', u: 'undone' } as const;
const LETTERS = { accepted: 'a', kept: 'k', undone: 'u' } as const;

function packDevice(row: PlannedDevice): PackedDevice {
  const { state, productKey, deviceKey, deviceId, secretId } = row;
  const head = [LETTERS[state], productKey, deviceKey, deviceId, secretId] as const;
  const { allocatedSecret, generation, revision, reserved } = row;
  const usual = allocatedSecret && generation === 1 && revision === 0 && reserved.length === 0;
  return usual ? head : [...head, allocatedSecret ? 1 : 0, generation, revision, reserved];
}

function unpackRow(row: PackedRow): PlannedRow {
  if (row[0] === 'r') {
    const [, deviceKey, code, detail] = row;
    return { state: 'refused', code, detail, deviceKey };
  }
  const [state, productKey, deviceKey, deviceId, secretId, ...more] = row;
  const [allocated = 1, generation = 1, revision = 0, reserved = []] = more;
  const names = { productKey, deviceKey, deviceId, secretId };
  const allocatedSecret = allocated === 1;
  return { state: STATES[state], ...names, allocatedSecret, generation, revision, reserved };
}

export function packPlan({ seeds, at, rows }: ChunkPlan): string {
  const packed: Packed = [
    1,
    seeds,
    at,
    rows.map((row) =>
      row.state === 'refused' ? ['r', row.deviceKey, row.code, row.detail] : packDevice(row),
    ),
  ];
  return JSON.stringify(packed);
}

/** PortError `corrupt` where a newer release wrote it. */
export function unpackPlan(text: string): ChunkPlan {
  const [version, seeds, at, rows] = JSON.parse(text) as Packed;
  if (version !== 1) throw new PortError('corrupt', `a chunk of version ${String(version)}`);
  return { seeds, at, rows: rows.map(unpackRow) };
}
