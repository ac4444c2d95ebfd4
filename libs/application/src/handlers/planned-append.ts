import { parseStream } from '@tallystick/contracts';
import { err } from '@tallystick/kernel';
import type { StreamAppend } from '@tallystick/ports';
import type { Execution } from './execution.types.ts';
import type { HandlerDeps } from './handlers.types.ts';
import type { Ending } from './quota.types.ts';

/** The product that a life begins in; null: none begins. */
function birthIn(batch: readonly StreamAppend[]) {
  for (const { stream, events } of batch) {
    const name = parseStream(stream);
    if (name.kind === 'device' && events.some(({ type }) => type === 'DeviceRegistered'))
      return name;
  }
  return null;
}

/** Whether the batch was written: it is written as a whole, or not at all. */
export async function stands(
  { store }: Pick<HandlerDeps, 'store'>,
  batch: readonly StreamAppend[],
): Promise<boolean> {
  const first = batch.find(({ events }) => events.length > 0);
  if (first === undefined) return false;
  const [event] = await store.readStream(first.stream, first.expectedRevision + 1, 1);
  return event?.id === first.events[0]?.id;
}

/**
 * Whoever planned the append has died, and its place with it: what is not written yet needs a new
 * one.
 */
export function createPlannedAppend(
  deps: Pick<HandlerDeps, 'store' | 'quota'>,
  append: Execution['append'],
): Execution['appendPlanned'] {
  return async (batch, deadline) => {
    const birth = birthIn(batch);
    const quota = deps.quota ?? null;
    if (quota === null || birth === null || (await stands(deps, batch)))
      return append(batch, deadline);
    const place = await quota.grant(birth.tenant, birth.productKey, 1);
    let ending: Ending = 'unknown';
    try {
      const appended = place.refusal === null ? await append(batch, deadline) : err(place.refusal);
      ending = appended.ok ? appended.value.position : null;
      return appended;
    } finally {
      place.end(ending);
    }
  };
}
