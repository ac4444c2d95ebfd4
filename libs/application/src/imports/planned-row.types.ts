import type { ProblemCode } from '@tallystick/contracts';

/** A device of the job. `kept` and `undone`: after an undo. */
export interface PlannedDevice {
  readonly state: 'accepted' | 'kept' | 'undone';
  readonly productKey: string;
  readonly deviceKey: string;
  readonly deviceId: string;
  readonly secretId: string;
  readonly allocatedSecret: boolean;
  readonly generation: number;
  /** The revision of its stream before it. */
  readonly revision: number;
  /** The revisions before it of the streams of the names that it holds, in their order. */
  readonly reserved: readonly number[];
}

export interface RefusedRow {
  readonly state: 'refused';
  readonly code: ProblemCode;
  readonly detail: string;
  /** As far as it may be shown; empty: none could be read. */
  readonly deviceKey: string;
}

export type PlannedRow = PlannedDevice | RefusedRow;

/** Of a chunk: of its devices, of the two kinds of names that they may hold, of their secrets. */
export type Seeds = readonly [devices: string, ids: string, keys: string, secrets: string];

/** The rows of a chunk, with all that its append is made of beside the file. */
export interface ChunkPlan {
  /** What the ids of its events begin with. */
  readonly seeds: Seeds;
  readonly at: number;
  readonly rows: readonly PlannedRow[];
}
