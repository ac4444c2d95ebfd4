import { deviceRecordKey, TOPICS } from '@tallystick/contracts';
import { partitionOf, type EpochMs } from '@tallystick/kernel';
import type { EndingRegistration, IdentityQueries, WaitingUnit } from '@tallystick/projections';
import type { BusPublisher, BusRecord, Clock, EventBus } from '@tallystick/ports';
import { MARKER_HEADER, type ActivationsReactor } from './activations.reactor.ts';
import type { Purges } from './purges.ts';

const MOST_AT_ONCE = 1_000;
/** Appends that are made together share the store's commits. */
const ENDED_AT_ONCE = 32;

interface SignalDeps {
  readonly clock: Clock;
  readonly bus: Pick<EventBus, 'partitions'>;
  readonly activations: Pick<ActivationsReactor, 'readTo'>;
  readonly publish: BusPublisher['publish'];
}

export interface SweeperDeps extends SignalDeps {
  readonly waitingUnits: IdentityQueries['listWaitingUnits'];
  readonly pendingMs: number;
  readonly expire: (unit: WaitingUnit) => Promise<void>;
}

export interface RegistrationSweeperDeps extends SignalDeps {
  readonly endingRegistrations: IdentityQueries['listEndingRegistrations'];
  readonly expireRegistration: (of: EndingRegistration) => Promise<void>;
}

/** Something of a device that ends when its time has passed. */
interface Ending {
  readonly of: Pick<WaitingUnit, 'tenant' | 'productKey' | 'deviceKey'>;
  readonly due: EpochMs;
  readonly end: () => Promise<void>;
}

/** Asks whoever reads the partition to note how far it has come. */
function marker(partition: number, at: number): BusRecord {
  const headers = { [MARKER_HEADER]: String(at) };
  return { topic: TOPICS.sessions, key: String(partition), value: null, headers, partition };
}

/**
 * Ends what is due once internal.sessions.v1 has been read past that time, so that a first login on
 * its way is never overtaken; where that is not yet known, the round asks for it, and a later one
 * ends it.
 */
function createEnder({ bus, activations, publish }: SignalDeps) {
  const partitionFor = ({ of }: Ending): number =>
    partitionOf(
      deviceRecordKey(of.tenant, of.productKey, of.deviceKey),
      bus.partitions(TOPICS.sessions),
    );

  return async (endings: readonly Ending[], now: EpochMs): Promise<void> => {
    const groups = Map.groupBy(endings, partitionFor);
    const unread = new Set<number>();
    const ready: Ending[] = [];
    for (const [partition, group] of groups) {
      const readTo = await activations.readTo(partition);
      ready.push(...group.filter(({ due }) => due <= readTo));
      if (group.some(({ due }) => due > readTo)) unread.add(partition);
    }
    for (let at = 0; at < ready.length; at += ENDED_AT_ONCE)
      await Promise.all(ready.slice(at, at + ENDED_AT_ONCE).map(({ end }) => end()));
    if (unread.size > 0) await publish([...unread].map((partition) => marker(partition, now)));
  };
}

/** One round over the pending units. */
export function createSweeper(deps: SweeperDeps): () => Promise<void> {
  const { clock, waitingUnits, pendingMs, expire } = deps;
  const end = createEnder(deps);
  return async () => {
    const now = clock.now();
    const units = await waitingUnits('pending', now - pendingMs, MOST_AT_ONCE);
    const endings = units.map((unit) => ({
      ...{ of: unit, due: unit.since + pendingMs },
      end: () => expire(unit),
    }));
    await end(endings, now);
  };
}

/** One round over the devices that nobody has activated in time. */
export function createRegistrationSweeper(deps: RegistrationSweeperDeps): () => Promise<void> {
  const { clock, endingRegistrations, expireRegistration } = deps;
  const end = createEnder(deps);
  return async () => {
    const now = clock.now();
    const over = await endingRegistrations(now, MOST_AT_ONCE);
    const endings = over.map((of) => ({ of, due: of.endsAt, end: () => expireRegistration(of) }));
    await end(endings, now);
  };
}

/** One round over the purged units: whoever purged them follows them too, but may be gone. */
export function createPurgeSweeper(
  deps: Pick<SweeperDeps, 'clock' | 'waitingUnits'> & { readonly purges: Pick<Purges, 'settle'> },
): () => Promise<void> {
  const { clock, waitingUnits, purges } = deps;
  return async () => {
    for (const unit of await waitingUnits('purging', clock.now(), MOST_AT_ONCE))
      await purges.settle(unit);
  };
}
