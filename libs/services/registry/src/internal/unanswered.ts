import type { Answer, Outcome } from '@tallystick/application';
import type { DeviceState } from '@tallystick/domain';
import { networkOf } from '@tallystick/kernel';
import type { Clock } from '@tallystick/ports';

const HOUR_MS = 3_600_000;
/** Names and places that are remembered; beyond it those are forgotten that asked longest ago. */
const MOST_PLACES = 20_000;

/** What a device asks for under a name, by its product's secret. */
export interface AskedFor {
  readonly productKey: string;
  readonly deviceKey: string;
  readonly gatewayId: string;
  readonly address?: string;
}

/**
 * An attacker with a product secret can claim and hang up again and again, and each time the stream
 * of the name grows. So only this many claims an hour, per name and network (IPv6: its /64), may
 * stay without a login of their unit; and as many new secrets without a login of their device. The
 * count is in this process: each registry allows as many, and a restart begins at 0.
 */
export interface Unanswered<Request> {
  /** False: too many. What is asked again under its id is not counted twice. */
  take(request: Request): Promise<boolean>;
  /** It was granted, and `mark` tells later whether it was answered. */
  granted(request: Request, mark: string): void;
  /** It came to nothing. */
  dropped(request: Request): void;
}

export interface UnansweredDeps<Request> {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly perHour: number;
  readonly idOf: (request: Request) => string;
  /** Which marks of that name count no more, as things are now. */
  readonly answered: (request: Request) => Promise<(mark: string) => boolean>;
}

interface Entry {
  readonly at: number;
  /** null: it is under way. */
  readonly mark: string | null;
}

function placeOf({ productKey, deviceKey, gatewayId, address }: AskedFor): string {
  // A gateway of an earlier release does not say from where.
  const place = address === undefined ? `gateway ${gatewayId}` : networkOf(address);
  return `${productKey}/${deviceKey} ${place}`;
}

/** A claim's mark is the id of its unit: it counts until that one has logged in. */
export function unitsWithLogin(state: DeviceState): (clientId: string) => boolean {
  if (state.status === 'absent') return () => false;
  const units = state.units.units.filter(({ activatedAt }) => activatedAt !== null);
  const ids = new Set(units.map(({ clientId }) => clientId));
  return (clientId) => ids.has(clientId);
}

/** A new secret's mark: when its device was opened to dynamic activation. */
export function openedAt(state: DeviceState): string {
  return state.status === 'absent' ? '' : `${state.generation}/${state.resetAt ?? 0}`;
}

/** A new secret counts until its device has logged in, or an operator has reset it. */
export function openedSince(state: DeviceState): (mark: string) => boolean {
  const closed = state.status === 'live' && !state.dynamicOpen;
  return (mark) => closed || mark !== openedAt(state);
}

export function createUnanswered<Request extends AskedFor>(
  deps: UnansweredDeps<Request>,
): Unanswered<Request> {
  const { clock, perHour, idOf, answered } = deps;
  const places = new Map<string, Map<string, Entry>>();

  const openAt = (place: string): Map<string, Entry> => {
    const entries = places.get(place) ?? new Map<string, Entry>();
    places.delete(place);
    places.set(place, entries);
    for (const oldest of places.keys()) {
      if (places.size <= MOST_PLACES) break;
      places.delete(oldest);
    }
    return entries;
  };
  const forget = (entries: Map<string, Entry>, isOver: (entry: Entry) => boolean): void => {
    for (const [id, entry] of entries) if (isOver(entry)) entries.delete(id);
  };

  return {
    async take(request) {
      const entries = openAt(placeOf(request));
      if (entries.has(idOf(request))) return true;
      const from = clock.monotonicMs() - HOUR_MS;
      forget(entries, ({ at }) => at <= from);
      if (entries.size >= perHour) {
        const isAnswered = await answered(request);
        forget(entries, ({ mark }) => mark !== null && isAnswered(mark));
      }
      if (entries.size >= perHour) return false;
      entries.set(idOf(request), { at: clock.monotonicMs(), mark: null });
      return true;
    },
    granted(request, mark) {
      const entries = places.get(placeOf(request));
      const entry = entries?.get(idOf(request));
      if (entry !== undefined) entries?.set(idOf(request), { ...entry, mark });
    },
    dropped: (request) => void places.get(placeOf(request))?.delete(idOf(request)),
  };
}

/** What was asked for counts by its mark once it is granted, and no longer when it has failed. */
export async function counted<Request, State, Reply>(
  unanswered: Unanswered<Request>,
  request: Request,
  asked: Answer<State, Reply>,
  markOf: (outcome: Outcome<State, Reply>) => string,
): Answer<State, Reply> {
  try {
    const answer = await asked;
    if (answer.ok) unanswered.granted(request, markOf(answer.value));
    else unanswered.dropped(request);
    return answer;
  } catch (error) {
    unanswered.dropped(request);
    throw error;
  }
}
