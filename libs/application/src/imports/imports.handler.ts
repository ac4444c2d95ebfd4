import { err } from '@tallystick/kernel';
import type { IdempotencyStore, ImportJob } from '@tallystick/ports';
import type { CallContext, IdempotentCall } from '../handlers/handlers.types.ts';
import type { Parts } from '../handlers/parts.ts';
import { createRequestMarks } from '../handlers/request-marks.ts';
import { createChunkDigests } from './chunk-digest.ts';
import { ImportRun, toInvalidField, type RunParts } from './import-run.ts';
import type { ImportHandlers } from './import-handlers.types.ts';
import type { ImportDeps, ImportInput } from './imports.types.ts';
import { createPatience } from './patience.ts';
import { secretsOfJob } from './job-secrets.ts';
import { createTellOfJob } from './job-events.ts';
import { createRowParser } from './row-parser.ts';
import { RowSource } from './row-source.ts';
import { createUndoing } from './undoing.ts';

type OpenDeps = RunParts & { readonly idempotency: IdempotencyStore };

function newJob({ parts }: OpenDeps, jobId: string, input: ImportInput, context: CallContext) {
  const { tenant, actor } = context;
  return {
    ...{
      jobId,
      tenant,
      actor,
      dryRun: input.dryRun,
      state: 'running',
      undoing: false,
      undoneBy: null,
    },
    ...{ rows: 0, accepted: 0, refused: 0, chunks: 0, secretsThrough: 0 },
    ...{ attempt: 0, leaseUntil: 0, createdAt: parts.clock.now() },
  } satisfies ImportJob;
}

/** The job of a call, which a repeated call finds again. */
function createOpening(deps: OpenDeps) {
  const { parts, idempotency, patience } = deps;
  const { vault, ids, clock } = parts;
  const marks = createRequestMarks(vault);
  const blob = ({ key }: IdempotentCall): string => `import|${key}`;

  /** null: the key is of another request. */
  async function jobIdOf(call: IdempotentCall): Promise<string | null> {
    const record = await idempotency.find(call.key);
    if (record !== null) {
      if (!marks.isOf(record.requestHash, call)) return null;
      return Buffer.from(vault.openBlob(blob(call), record.plan)).toString('utf8');
    }
    const jobId = ids.uuid();
    const plan = vault.sealBlob(blob(call), Buffer.from(jobId, 'utf8'));
    const { key } = call;
    const createdAt = clock.now();
    const made = { key, requestHash: marks.of(call), plan, reply: null, createdAt };
    return (await idempotency.insert(made)) ? jobId : jobIdOf(call);
  }

  return async (input: ImportInput, context: CallContext): Promise<ImportJob | null> => {
    const { idempotency: call } = context;
    const jobId = call === undefined ? ids.uuid() : await patience(() => jobIdOf(call));
    if (jobId === null) return null;
    const job = newJob(deps, jobId, input, context);
    await patience(() => deps.deps.jobs.insert(job));
    return job;
  };
}

/** The audit has one row of an import, and one of its undo, not one of each device. */
function withoutOrigin({ origin: _, ...context }: CallContext): CallContext {
  return context;
}

export function createImportHandlers(
  parts: Parts,
  deps: ImportDeps & { readonly idempotency: IdempotencyStore },
): ImportHandlers {
  const digests = createChunkDigests(parts.vault);
  const patience = createPatience(parts.clock, parts.pause);
  const tell = createTellOfJob(parts, patience);
  const run: RunParts = { parts, deps, digests, patience, tell };
  const open = createOpening({ ...run, idempotency: deps.idempotency });
  const undoing = createUndoing(run);
  return {
    async run(input, context) {
      const source = new RowSource(input.body, createRowParser(input.format, input.productKey));
      // A file that cannot be read at all makes no job.
      const first = await source.fill();
      if (!first.ok) return err(toInvalidField(first.error));
      const job = await open(input, context);
      if (job === null) return err({ code: 'idempotency-mismatch' });
      const stored = await patience(() => deps.jobs.find(job.jobId));
      await patience(async () => input.opened?.(stored ?? job));
      return new ImportRun(run, job, source, withoutOrigin(context)).run();
    },
    secrets: (job) => secretsOfJob({ jobs: deps.jobs, vault: parts.vault }, job),
    ...undoing,
    undo: (job, context, waitMs) => undoing.undo(job, withoutOrigin(context), waitMs),
  };
}
