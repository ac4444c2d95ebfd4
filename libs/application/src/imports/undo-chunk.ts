import { deviceStream, toDeviceEvent } from '@tallystick/contracts';
import { toDeleted, type DeviceName, type DeviceKeyScope } from '@tallystick/domain';
import type { StoredEvent, StreamAppend } from '@tallystick/ports';
import { toNewEvents } from '../handlers/execution.ts';
import type { CallContext } from '../handlers/handlers.types.ts';
import { heldNamesOf, holdingEvent, isHeldByOther } from '../handlers/held-names.ts';
import type { Parts } from '../handlers/parts.ts';
import { toHolder } from '../handlers/reservation.ts';
import { eventIdOf } from './event-ids.ts';
import type { ChunkPlan, PlannedDevice } from './planned-row.types.ts';

export interface UndoFacts {
  readonly context: CallContext;
  readonly scope: DeviceKeyScope;
  /** The last events of the devices' streams and of the names that they hold. */
  readonly ends: ReadonlyMap<string, StoredEvent>;
}

export const streamsOfDevice = (
  tenant: string,
  scope: DeviceKeyScope,
  planned: PlannedDevice,
): readonly string[] => [
  deviceStream(tenant, planned.productKey, planned.deviceKey),
  ...heldNamesOf({ tenant, scope }, planned).map(({ stream }) => stream),
];

interface Undone {
  readonly state: PlannedDevice['state'];
  readonly appends: readonly StreamAppend[];
}

function deletion(
  { ids, clock }: Parts,
  planned: PlannedDevice,
  revision: number,
  { context, scope, ends }: UndoFacts,
): readonly StreamAppend[] {
  const { tenant } = context;
  const { productKey, deviceKey } = planned;
  const life: DeviceName = planned;
  const now = clock.now();
  const releases = heldNamesOf({ tenant, scope }, planned).flatMap((name) => {
    const end = ends.get(name.stream);
    const holder = end === undefined ? null : (toHolder(end)?.holder ?? null);
    if (end === undefined || holder === null || isHeldByOther(holder, planned)) return [];
    const event = holdingEvent(name, 'released', tenant, life, now);
    const events = toNewEvents([event], context, ids);
    return [{ stream: name.stream, expectedRevision: end.revision, events }];
  });
  const stream = deviceStream(tenant, productKey, deviceKey);
  const events = toNewEvents([toDeleted(life, now)], context, ids);
  return [...releases, { stream, expectedRevision: revision, events }];
}

/** Whether the stream ends with the registration itself: the device is as the import made it. */
const isUntouched = (end: StoredEvent, { seeds }: ChunkPlan, row: number): boolean =>
  end.id === eventIdOf(seeds[0], row);

/**
 * A device of that life that was not activated is deleted. What is no more, or lives again, needs
 * no deletion.
 */
export async function undoDevice(
  parts: Parts,
  plan: ChunkPlan,
  row: number,
  planned: PlannedDevice,
  facts: UndoFacts,
): Promise<Undone> {
  const { tenant } = facts.context;
  const { productKey, deviceKey, deviceId } = planned;
  const end = facts.ends.get(deviceStream(tenant, productKey, deviceKey));
  if (end === undefined) return { state: 'undone', appends: [] };
  if (isUntouched(end, plan, row))
    return { state: 'undone', appends: deletion(parts, planned, end.revision, facts) };
  if (toDeviceEvent(end) === null) throw new Error(`${end.type} is not known here`);
  const { state, revision } = await parts.loading.device(tenant, productKey, deviceKey);
  if (state.status === 'absent' || state.deviceId !== deviceId)
    return { state: 'undone', appends: [] };
  if (state.activatedAt !== null) return { state: 'kept', appends: [] };
  return { state: 'undone', appends: deletion(parts, planned, revision, facts) };
}
