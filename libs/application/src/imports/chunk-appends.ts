import { toRegistered } from '@tallystick/domain';
import type { JsonObject } from '@tallystick/kernel';
import type { EventMeta, NewEvent, StreamAppend } from '@tallystick/ports';
import { holdingEvent } from '../handlers/held-names.ts';
import { isCandidate, type Candidate, type RowOfChunk } from './candidate.ts';
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
  const life = { deviceId, productKey, deviceKey, generation };
  const reservations = candidate.names.map((name, index) => {
    const taking = holdingEvent(name, 'reserved', meta.tenant, life, at);
    const id = eventIdOf(seeds[name.field === 'deviceId' ? 1 : 2], row);
    const expectedRevision = reserved[index] ?? 0;
    return { stream: name.stream, expectedRevision, events: [toNewEvent(id, taking, meta)] };
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
