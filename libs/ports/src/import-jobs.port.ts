import type { EpochMs } from '@tallystick/kernel';
import type { SealedSecret } from './secrets.port.ts';

export type JobState = 'running' | 'done' | 'failed' | 'undone';

/** An import, and how far it is. Counts are those of the chunks that are settled. */
export interface ImportJob {
  readonly jobId: string;
  readonly tenant: string;
  readonly actor: string;
  readonly dryRun: boolean;
  readonly state: JobState;
  /** Running, and what runs is its undoing. */
  readonly undoing: boolean;
  /** Who asked for that; null: nobody. */
  readonly undoneBy: string | null;
  readonly rows: number;
  readonly accepted: number;
  readonly refused: number;
  /** How many chunks are recorded; the last may not be settled. */
  readonly chunks: number;
  /** Secrets of chunks below this one were given out. */
  readonly secretsThrough: number;
  /** Raised by whoever takes the work over: an older holder's writes fail from then on. */
  readonly attempt: number;
  readonly leaseUntil: EpochMs;
  readonly createdAt: EpochMs;
}

/** How many rows of a chunk are in which state. */
export interface ChunkCounts {
  readonly accepted: number;
  readonly refused: number;
  readonly kept: number;
  readonly undone: number;
}

/** Rows of the file that were decided together. */
export interface JobChunk extends ChunkCounts {
  /** From 0. */
  readonly n: number;
  /** The number of its first row in the file, from 1. */
  readonly firstRow: number;
  readonly rows: number;
  /** Tells whether a file comes again; sealed, for the rows may hold secrets. */
  readonly digest: Uint8Array;
  /** False: it is not known whether its devices stand in the store. */
  readonly settled: boolean;
  /** Its rows, as the application packs them. */
  readonly packed: string;
}

/** Whose turn it is: a write under an older attempt fails. */
export interface JobFence {
  readonly jobId: string;
  readonly attempt: number;
  /** The lease is renewed with each write; 0: given up. */
  readonly leaseUntil: EpochMs;
}

/** What one transaction writes. */
export interface JobWrite {
  readonly secrets?: readonly SealedSecret[];
  /** Replaces the chunk of that number. */
  readonly chunk?: JobChunk;
  /** The devices of this chunk stand in the store: its rows are counted, once. */
  readonly settled?: number;
  /** Forgets a chunk that is not settled: its devices are not in the store, nor ever will be. */
  readonly forgotten?: number;
  readonly state?: JobState;
  readonly undoing?: boolean;
}

export interface ChunkQuestion {
  readonly fromN: number;
  readonly limit: number;
  /** Only chunks that hold a row in one of these states; absent: all. */
  readonly holding?: readonly (keyof ChunkCounts)[];
}

/**
 * What is known of imports, beside the event store. Failures are PortErrors as those of the
 * database.
 */
export interface ImportJobs {
  /** Quiet where a job of that id is there. */
  insert(job: ImportJob): Promise<void>;
  find(jobId: string): Promise<ImportJob | null>;
  /**
   * Takes the work with the next attempt, where nobody holds a living lease: to import, of a job
   * that runs or has failed; to undo, of one that is being undone. null: there is none to take.
   */
  take(
    jobId: string,
    work: 'importing' | 'undoing',
    now: EpochMs,
    leaseUntil: EpochMs,
  ): Promise<ImportJob | null>;
  /**
   * Takes it from whoever has it, to undo it. null: it is undone, is being undone, or is not there.
   */
  takeToUndo(jobId: string, undoneBy: string, leaseUntil: EpochMs): Promise<ImportJob | null>;
  /** All or nothing; false: another attempt has the work, and nothing is written. */
  write(fence: JobFence, what: JobWrite): Promise<boolean>;
  /** How many rows are in which state now. */
  counts(jobId: string): Promise<ChunkCounts>;
  /** In their order. */
  chunks(jobId: string, question: ChunkQuestion): Promise<readonly JobChunk[]>;
  /**
   * The first row of a file that bears each of these names, which is the given one where it is new.
   * For imports that register nothing, so that no other place knows.
   */
  firstRows(
    jobId: string,
    names: readonly (readonly [name: string, row: number])[],
  ): Promise<ReadonlyMap<string, number>>;
  /**
   * Secrets of chunks below `n` are given out, where those of chunks below `from` were; false: they
   * are no longer where the caller saw them.
   */
  giveOut(jobId: string, from: number, n: number): Promise<boolean>;
}

/** What is done with jobs once nobody asks for them. */
export interface ImportJobSweeps {
  /** Jobs that run, and whose holders have stopped; some of them. */
  left(now: EpochMs): Promise<readonly ImportJob[]>;
  /** Deletes some of what is older, and of what no ended job needs; true: there may be more. */
  prune(createdBefore: EpochMs): Promise<boolean>;
}
