import { CommandHandler, QueryHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ImportInput } from '@tallystick/application';
import type { JobDocument, JobRowDocument } from '@tallystick/contracts';
import type { ImportJob } from '@tallystick/ports';
import { toAuditEntry } from '../audit/audit-entry.ts';
import type { Call, Written } from '../http/call.ts';
import { invalidField, ProblemError } from '../http/problem.ts';
import type { GetQuery, JobRowsQuery } from '../http/query.schemas.ts';
import { toProblemError } from '../http/refusal-problem.ts';
import { downloadSecrets, type SecretsDownload } from '../imports/secrets-download.ts';
import { listJobRows } from '../imports/job-row-pages.ts';
import { Handler, type HandlerParts } from './handler.ts';
import { DEFAULT_LIMIT, type Page, pageOf, Read, ReadHandler } from './read.ts';
import { settle, toContext, Write } from './write.ts';

interface OfJob {
  readonly jobId: string;
}

export class ImportDevices extends Write<ImportInput> {}
export class GetJob extends Read<OfJob & GetQuery, JobDocument> {}
export class ListJobRows extends Read<OfJob & JobRowsQuery, Page<JobRowDocument>> {}

export class ReadJobSecrets extends Read<OfJob & GetQuery, SecretsDownload> {}
export class UndoJob extends Write<OfJob> {}

function toJobDocument({ jobId, state, rows, accepted, refused }: ImportJob): JobDocument {
  return { jobId, state, rows, accepted, refused, causationId: jobId };
}

/** Another tenant's job is as unknown as none. */
async function loadJob(
  { imports }: HandlerParts,
  { tenant }: Call,
  jobId: string,
): Promise<ImportJob> {
  const job = await imports.jobs.find(jobId);
  if (job?.tenant !== tenant) throw new ProblemError('job-unknown');
  return job;
}

@CommandHandler(ImportDevices)
export class ImportDevicesHandler extends Handler implements ICommandHandler<ImportDevices> {
  async execute({ call, input }: ImportDevices): Promise<Written> {
    if (call.ifMatch !== null) throw invalidField('If-Match', 'an import has no revision');
    const { places, handlers } = this.parts.imports;
    const leave = places.take(call.tenant);
    try {
      const opened = (job: ImportJob) => this.#tell(call, job);
      const imported = await handlers.run({ ...input, opened }, this.#context(call, input));
      if (!imported.ok) throw toProblemError(imported.error);
      const { job, position } = imported.value;
      return { position, revision: null, body: { jobId: job.jobId } };
    } finally {
      leave();
    }
  }

  /** Who goes on with an import does not know whether its row is written: it is told again. */
  async #tell(call: Call, { jobId, createdAt, dryRun }: ImportJob): Promise<void> {
    const entry = { ...toAuditEntry(call, createdAt, jobId), act: `import/${jobId}` };
    if (!dryRun) await this.parts.audit.record([entry]);
  }

  /** The same bytes as another format are another request. */
  #context(call: Call, { format }: ImportInput) {
    const context = toContext(call);
    const { idempotency } = context;
    if (idempotency === undefined) return context;
    const request = `${format} ${idempotency.request}`;
    return { ...context, idempotency: { key: idempotency.key, request } };
  }
}

@QueryHandler(GetJob)
export class GetJobHandler extends ReadHandler<GetJob, JobDocument> {
  protected async read({ call, input }: GetJob) {
    return toJobDocument(await loadJob(this.parts, call, input.jobId));
  }
}

@QueryHandler(ListJobRows)
export class ListJobRowsHandler extends ReadHandler<ListJobRows, Page<JobRowDocument>> {
  protected async read({ call, input }: ListJobRows) {
    const { jobId, state, limit = DEFAULT_LIMIT, cursor } = input;
    const job = await loadJob(this.parts, call, jobId);
    return pageOf(await listJobRows(this.parts.imports.jobs, job, { state, limit, cursor }));
  }
}

@QueryHandler(ReadJobSecrets)
export class ReadJobSecretsHandler extends ReadHandler<ReadJobSecrets, SecretsDownload> {
  protected async read({ call, input }: ReadJobSecrets) {
    const { imports, audit, clock } = this.parts;
    const download = await downloadSecrets(imports, await loadJob(this.parts, call, input.jobId));
    // Before the first secret leaves.
    await audit.record([toAuditEntry(call, clock.now(), input.jobId)]);
    return download;
  }
}

/** A whole answer comes within this; the job goes on. */
const UNDO_WAIT_MS = 10_000;

@CommandHandler(UndoJob)
export class UndoJobHandler extends Handler implements ICommandHandler<UndoJob> {
  async execute({ call, input }: UndoJob): Promise<Written> {
    const { identity, imports, store, audit, clock } = this.parts;
    const job = await loadJob(this.parts, call, input.jobId);
    let after = job;
    const changes = !job.dryRun && job.state !== 'undone';
    const written = await settle(
      call,
      (context) =>
        identity.once(async () => {
          if (changes) await audit.record([toAuditEntry(call, clock.now(), job.jobId)]);
          after = await imports.handlers.undo(job, context, UNDO_WAIT_MS);
          return store.head();
        }, context),
      () => ({ ...toJobDocument(after) }),
    );
    return { ...written, revision: null };
  }
}

export const IMPORT_HANDLERS = [
  ...[ImportDevicesHandler, GetJobHandler, ListJobRowsHandler],
  ...[ReadJobSecretsHandler, UndoJobHandler],
];
