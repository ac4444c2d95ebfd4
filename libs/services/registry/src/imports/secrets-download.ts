import type { ImportHandlers } from '@tallystick/application';
import type { ImportJob, ImportJobs } from '@tallystick/ports';
import { ProblemError } from '../http/problem.ts';

const HEADER = 'deviceKey,deviceId,deviceSecret\n';

/** A job's secrets on their way to a client. */
export interface SecretsDownload {
  readonly pieces: AsyncIterable<string>;
  /** It broke off: it may be repeated. */
  brokeOff(): Promise<void>;
}

interface Deps {
  readonly handlers: Pick<ImportHandlers, 'secrets'>;
  readonly jobs: Pick<ImportJobs, 'giveOut'>;
}

/**
 * The last piece is sent only once it is noted that all was given out: of two downloads at once one
 * alone is whole. ProblemError `job-unknown`: all were given out before.
 */
export async function downloadSecrets(
  { handlers, jobs }: Deps,
  job: ImportJob,
): Promise<SecretsDownload> {
  const { jobId, secretsThrough: from } = job;
  const chunks = handlers.secrets(job);
  const first = await chunks.next();
  if (first.done === true && from > 0)
    throw new ProblemError('job-unknown', 'The secrets of this job were given out');
  let given = from;

  async function* pieces(): AsyncGenerator<string> {
    let held = HEADER;
    let through = from;
    for (let next = first; next.done !== true; next = await chunks.next()) {
      if (held !== '') yield held;
      const { secrets } = next.value;
      held = secrets
        .map((one) => `${one.deviceKey},${one.deviceId},${one.deviceSecret}\n`)
        .join('');
      through = next.value.through;
    }
    if (through > from && !(await jobs.giveOut(jobId, from, through)))
      throw new Error('another download was whole first');
    given = through;
    yield held;
  }

  return {
    pieces: pieces(),
    async brokeOff() {
      if (given > from) await jobs.giveOut(jobId, given, from);
    },
  };
}
