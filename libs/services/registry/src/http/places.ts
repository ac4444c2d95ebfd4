import { ProblemError } from './problem.ts';

/**
 * Places for what goes on for long: so many at once. A few are left to others, so that no tenant
 * keeps the rest waiting.
 */
export interface Places {
  /** Gives the place back, once. ProblemError `too-many-requests` where there is none. */
  take(tenant: string): () => void;
}

export interface PlacesOptions {
  readonly most: number;
  readonly mostOfOneTenant: number;
  /** What stands in the places, as in “at most 4 imports”. */
  readonly of: string;
}

export function createPlaces({ most, mostOfOneTenant, of }: PlacesOptions): Places {
  const taken = new Map<string, number>();
  let used = 0;
  const add = (tenant: string, more: 1 | -1): void => {
    used += more;
    const own = (taken.get(tenant) ?? 0) + more;
    if (own === 0) taken.delete(tenant);
    else taken.set(tenant, own);
  };
  return {
    take(tenant) {
      if (used >= most || (taken.get(tenant) ?? 0) >= mostOfOneTenant)
        throw new ProblemError(
          'too-many-requests',
          `Too many requests: a registry takes at most ${most} ${of} at a time, and ${mostOfOneTenant} of one tenant`,
        );
      add(tenant, 1);
      let left = false;
      return () => {
        if (!left) add(tenant, -1);
        left = true;
      };
    },
  };
}
