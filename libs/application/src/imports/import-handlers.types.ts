import type { Result } from '@tallystick/kernel';
import type { ImportJob } from '@tallystick/ports';
import type { CallContext } from '../handlers/handlers.types.ts';
import type { Imported, ImportInput, ImportRefusal } from './imports.types.ts';
import type { SecretsOfChunk } from './job-secrets.ts';

export interface ImportHandlers {
  /**
   * Reads the body to its end. Under an Idempotency-Key whose job was not ended, it goes on where
   * that stopped; where it was, or another works on it, the body is compared with it.
   */
  run(input: ImportInput, context: CallContext): Promise<Result<Imported, ImportRefusal>>;
  /**
   * Deletes what was not activated. It goes on by itself; this answers when it has ended, or after
   * so long, with the job as it then is.
   */
  undo(job: ImportJob, context: CallContext, waitMs: number): Promise<ImportJob>;
  /** What was allocated and not given out yet, in pieces. */
  secrets(job: ImportJob): AsyncGenerator<SecretsOfChunk>;
  /** Goes on with what the holder of a job has left: ends an import, or its undoing. */
  resume(job: ImportJob): Promise<void>;
  /** What undoes something here ends soon; whoever sweeps goes on with it. */
  stop(): Promise<void>;
}
