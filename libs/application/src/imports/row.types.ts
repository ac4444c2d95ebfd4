import type { ProblemCode } from '@tallystick/contracts';
import type { Tags } from '@tallystick/domain';

/** What a row asks for. Names of fields are those of POST /devices. */
export interface ImportRow {
  readonly productKey: string;
  /** null: to be allocated. */
  readonly deviceKey: string | null;
  readonly deviceId: string | null;
  readonly deviceSecret: string | null;
  readonly name: string | null;
  readonly tags: Tags;
}

/** Why a row is not carried out: a problem code, and words for people that hold no secret. */
export interface RowRefusal {
  readonly code: ProblemCode;
  readonly detail: string;
  /** As far as it may be shown; empty: none could be read. */
  readonly deviceKey: string;
}

export type ReadRow =
  | { readonly ok: true; readonly value: ImportRow }
  | { readonly ok: false; readonly error: RowRefusal };

/** A row with the bytes that it was read from, which tell whether a file comes again. */
export interface SourceRow {
  readonly raw: Uint8Array;
  readonly read: ReadRow;
}
