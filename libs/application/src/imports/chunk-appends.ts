import { toRegistered, type DeviceIdEvent } from '@tallystick/domain';
import type { JsonObject } from '@tallystick/kernel';
import type { EventMeta, NewEvent, StreamAppend } from '@tallystick/ports';
import { isCandidate, reservationsOf, type Candidate, type RowOfChunk } from './candidate.ts';
import { toCommand } from './decide-chunk.ts';
import { eventIdOf } from './event-ids.ts';
import type { ChunkPlan, PlannedDevice } from './planned-row.types.ts';

/** The meta of all events of a job, but for the subject of each. */
export type MetaOf = (subject: string) => EventMeta;

interface OneEvent {
  readonly type: string;
  readonly time: number;
  readonly data: object;
}

function toNewEvent(id: string, { type, time, data }: OneEvent, meta: EventMeta): NewEvent {
  return { id, type, schemaVersion: 1, time, data: data as unknown as JsonObject, meta };
}

/** A device as its plan names it. */
function appendsOf(
  candidate: Candidate,
  planned: PlannedDevice,
  { seeds, at }: ChunkPlan,
  metaOf: MetaOf,
): readonly StreamAppend[] {
  const { row } = candidate;
  const { productKey, deviceKey, deviceId, generation, revision, reserved } = planned;
  const meta = metaOf(deviceId);
  const command = toCommand({ ...candidate, deviceKey, deviceId }, planned.secretId);
  const event = toRegistered(command, generation, at);
  const own = {
    stream: candidate.stream,
    expectedRevision: revision,
    events: [toNewEvent(eventIdOf(seeds[0], row), event, meta)],
  };
  if (reserved.length === 0) return [own];
  const data = { tenant: meta.tenant, deviceId, productKey, deviceKey, generation };
  const reservations = reservationsOf(candidate).map(({ stream }, index) => {
    const event: DeviceIdEvent = { type: 'DeviceIdReserved', time: at, data };
    const id = eventIdOf(seeds[1], row);
    return {
      stream,
      expectedRevision: reserved[index] ?? 0,
      events: [toNewEvent(id, event, meta)],
    };
  });
  return [...reservations, own];
}

/** All that the accepted rows of a chunk write, in the order of the rows. */
export function chunkAppends(
  rows: readonly RowOfChunk[],
  plan: ChunkPlan,
  metaOf: MetaOf,
): readonly StreamAppend[] {
  return rows.flatMap(({ read }, index) => {
    const planned = plan.rows[index];
    if (planned === undefined || planned.state === 'refused' || !isCandidate(read)) return [];
    return appendsOf(read, planned, plan, metaOf);
  });
}
