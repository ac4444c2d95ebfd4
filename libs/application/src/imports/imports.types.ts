import type { ImportJob, ImportJobs, StreamEnds } from '@tallystick/ports';
import type { ImportFormat } from './row-parser.ts';

export interface ImportInput {
  readonly format: ImportFormat;
  /** For rows that name none. */
  readonly productKey: string | null;
  /** Decides, and registers nothing. */
  readonly dryRun: boolean;
  /** Read at the pace of the work. It throws where it breaks off. */
  readonly body: AsyncIterable<Uint8Array>;
  /**
   * Told of the job before any of its rows is worked on, at every call that goes on with it: what
   * must be written of an import is written then, whatever died before.
   */
  readonly opened?: (job: ImportJob) => Promise<void>;
}

export interface ImportDeps {
  readonly jobs: ImportJobs;
  readonly ends: StreamEnds;
  /** Resolves once the event loop has had a turn for all others. */
  readonly turn: () => Promise<void>;
  /** Does the work again and again until the function it gives is called. */
  readonly every: (ms: number, work: () => Promise<void>) => () => void;
}

export interface Imported {
  readonly job: ImportJob;
  /** Of the last event that was written; 0: none. */
  readonly position: number;
}

export type ImportRefusal =
  | { readonly code: 'idempotency-mismatch' }
  | { readonly code: 'invalid-field'; readonly path: string; readonly message: string };
