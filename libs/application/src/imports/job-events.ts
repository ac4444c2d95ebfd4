import { jobStream } from '@tallystick/contracts';
import type { JobEvent } from '@tallystick/domain';
import type { StreamAppend } from '@tallystick/ports';
import { toNewEvents } from '../handlers/execution.ts';
import type { CallContext } from '../handlers/handlers.types.ts';
import type { Parts } from '../handlers/parts.ts';
import type { Patience } from './patience.ts';

/**
 * Every append of an import checks this: once its job has ended, also by an undo, no chunk that a
 * stopped process still holds can be appended.
 */
export function unendedCheck(tenant: string, jobId: string): StreamAppend {
  return { stream: jobStream(tenant, jobId), expectedRevision: 0, events: [] };
}

/** Appends to the stream of a job, each type of event once; answers the position of that. */
export type TellOfJob = (event: JobEvent, context: CallContext) => Promise<number>;

export function createTellOfJob(
  parts: Pick<Parts, 'store' | 'ids'>,
  patience: Patience,
): TellOfJob {
  const { store, ids } = parts;
  return async (event, context) => {
    const stream = jobStream(context.tenant, event.data.jobId);
    const events = toNewEvents([event], context, ids);
    for (;;) {
      const known = await patience(() => store.readStream(stream));
      const there = known.find(({ type }) => type === event.type);
      if (there !== undefined) return there.position;
      const append = { stream, expectedRevision: known.length, events };
      const appended = await patience(() => store.append([append]));
      if (appended.ok) return appended.value.position;
    }
  };
}
