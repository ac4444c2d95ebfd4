import type { ClaimRequest } from '@tallystick/contracts';
import type { DeviceState } from '@tallystick/domain';
import { networkOf } from '@tallystick/kernel';
import type { Clock } from '@tallystick/ports';

const HOUR_MS = 3_600_000;
/** Names and places that are remembered; beyond it those are forgotten that claimed longest ago. */
const MOST_PLACES = 20_000;

/**
 * An attacker with a product secret can claim and hang up again and again, and each time the stream
 * of the name grows. So only this many claims an hour, per name and network (IPv6: its /64), may
 * stay without a login of their unit. The count is in this process: each registry allows as many,
 * and a restart begins at 0.
 */
export interface UnansweredClaims {
  /** False: too many. A claim that is asked again under its id is not counted twice. */
  take(request: ClaimRequest): Promise<boolean>;
  /** The claim has made this unit. */
  granted(request: ClaimRequest, clientId: string): void;
  /** The claim came to nothing. */
  dropped(request: ClaimRequest): void;
}

export interface UnansweredClaimsDeps {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  readonly perHour: number;
  readonly device: (request: ClaimRequest) => Promise<DeviceState>;
}

interface Entry {
  readonly at: number;
  /** null: the claim is under way. */
  readonly clientId: string | null;
}

function placeOf({ productKey, deviceKey, gatewayId, address }: ClaimRequest): string {
  // A gateway of an earlier release does not say from where.
  const place = address === undefined ? `gateway ${gatewayId}` : networkOf(address);
  return `${productKey}/${deviceKey} ${place}`;
}

/** Units that have logged in. */
function answered(state: DeviceState): ReadonlySet<string> {
  if (state.status === 'absent') return new Set();
  const units = state.units.units.filter(({ activatedAt }) => activatedAt !== null);
  return new Set(units.map(({ clientId }) => clientId));
}

export function createUnansweredClaims(deps: UnansweredClaimsDeps): UnansweredClaims {
  const { clock, perHour, device } = deps;
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
    for (const [claimId, entry] of entries) if (isOver(entry)) entries.delete(claimId);
  };

  return {
    async take(request) {
      const entries = openAt(placeOf(request));
      if (entries.has(request.claimId)) return true;
      const from = clock.monotonicMs() - HOUR_MS;
      forget(entries, ({ at }) => at <= from);
      if (entries.size >= perHour) {
        const logins = answered(await device(request));
        forget(entries, ({ clientId }) => clientId !== null && logins.has(clientId));
      }
      if (entries.size >= perHour) return false;
      entries.set(request.claimId, { at: clock.monotonicMs(), clientId: null });
      return true;
    },
    granted(request, clientId) {
      const entries = places.get(placeOf(request));
      const entry = entries?.get(request.claimId);
      if (entry !== undefined) entries?.set(request.claimId, { ...entry, clientId });
    },
    dropped: (request) => void places.get(placeOf(request))?.delete(request.claimId),
  };
}
