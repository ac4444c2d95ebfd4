import type { Ending, Grant, DeviceQuota } from '../handlers/quota.types.ts';
import type { Parts } from '../handlers/parts.ts';
import { isCandidate, type RowOfChunk } from './candidate.ts';
import type { PlannedRow } from './planned-row.types.ts';

/** How many devices of each product the rows would make, were they all accepted. */
function wantedBy(rows: readonly RowOfChunk[]): ReadonlyMap<string, number> {
  const wanted = new Map<string, number>();
  for (const { read } of rows) {
    if (!isCandidate(read)) continue;
    const { productKey } = read.input;
    wanted.set(productKey, (wanted.get(productKey) ?? 0) + 1);
  }
  return wanted;
}

/** Places for the devices of one chunk. */
export interface ChunkPlaces {
  /** By product; a product that is not named has no limit. */
  readonly grants: ReadonlyMap<string, Grant>;
  /** Some rows may find no place. */
  readonly short: boolean;
  end(ending: Ending): void;
}

const ANY: ChunkPlaces = { grants: new Map(), short: false, end: () => undefined };

/** A registry that died holds its places for so long. */
const PASSING_MS = 45_000;
const PAUSE_MS = 250;

interface PlacesDeps extends Pick<Parts, 'clock' | 'pause'> {
  readonly quota: DeviceQuota | null;
  readonly tenant: string;
}

/**
 * As {@link DeviceQuota.grant}, for all rows. A row is refused for good, so this waits for places
 * that may become free.
 */
export async function takePlaces(
  deps: PlacesDeps,
  rows: readonly RowOfChunk[],
): Promise<ChunkPlaces> {
  const { clock, pause, quota, tenant } = deps;
  if (quota === null) return ANY;
  const end = clock.monotonicMs() + PASSING_MS;
  for (;;) {
    const places = await askFor(quota, tenant, rows);
    const passing = [...places.grants.values()].some((grant) => grant.passing);
    if (!passing || clock.monotonicMs() >= end) return places;
    places.end(null);
    await pause(PAUSE_MS);
  }
}

async function askFor(
  quota: DeviceQuota,
  tenant: string,
  rows: readonly RowOfChunk[],
): Promise<ChunkPlaces> {
  const grants = new Map<string, Grant>();
  const end = (ending: Ending): void => {
    for (const grant of grants.values()) grant.end(ending);
  };
  try {
    for (const [productKey, wanted] of wantedBy(rows))
      grants.set(productKey, await quota.grant(tenant, productKey, wanted));
  } catch (error) {
    end(null);
    throw error;
  }
  return { grants, end, short: [...grants.values()].some(({ refusal }) => refusal !== null) };
}

/** What became of a chunk; `lost`: another holder has the work. */
export type Became = 'appended' | 'stale' | 'lost';

/** `position`: of the append, once there was one. */
export async function withinPlaces(
  places: ChunkPlaces,
  position: () => number,
  work: () => Promise<Became>,
): Promise<Became> {
  let ending: Ending = 'unknown';
  try {
    const became = await work();
    ending = became === 'appended' ? position() : null;
    return became;
  } finally {
    places.end(ending);
  }
}

export interface TrialQuota {
  readonly quota: DeviceQuota | null;
  accept(rows: readonly PlannedRow[]): void;
}

/**
 * A dry run registers nothing, so it holds no place: it asks whether there were room for what it
 * has accepted so far as well.
 */
export function createTrialQuota(quota: DeviceQuota | null): TrialQuota {
  const accepted = new Map<string, number>();
  const trial: DeviceQuota = {
    async grant(tenant, productKey, devices) {
      const before = accepted.get(productKey) ?? 0;
      const whole = await quota?.grant(tenant, productKey, before + devices);
      whole?.end(null);
      const granted = Math.max(0, (whole?.granted ?? before + devices) - before);
      const refusal = granted < devices ? (whole?.refusal ?? null) : null;
      return { granted, refusal, passing: whole?.passing ?? false, end: () => undefined };
    },
  };
  return {
    quota: quota === null ? null : trial,
    accept(rows) {
      for (const row of rows)
        if (row.state === 'accepted')
          accepted.set(row.productKey, (accepted.get(row.productKey) ?? 0) + 1);
    },
  };
}
