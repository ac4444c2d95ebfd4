import type { Clock } from '@tallystick/ports';

/** A count is good for so long: the quota is a brake, not a border. */
const COUNTED_MS = 1_000;
/**
 * To count a million names takes a while: where the quota is far, a count is good for longer, and
 * what was let in since is added.
 */
const COUNTED_FAR_MS = 60_000;
/** Part of the quota. */
const FAR = 0.9;
/** A quota below it is counted in no time. */
const SMALL = 1_000;
const MOST_PRODUCTS = 10_000;

/** How many names a product may have by claims. */
export interface NameQuota {
  /** False when the name is new and the product has all the names it may have. */
  allows(tenant: string, productKey: string, deviceKey: string): Promise<boolean>;
}

export interface NameQuotaDeps {
  readonly clock: Clock;
  readonly namesPerProduct: number;
  readonly countDevices: (tenant: string, productKey: string) => Promise<number>;
  readonly isKnown: (tenant: string, productKey: string, deviceKey: string) => Promise<boolean>;
}

const keyOf = (tenant: string, productKey: string): string => `${tenant}/${productKey}`;

interface Counted {
  until: number;
  /** What was let in since. */
  since: number;
  readonly names: Promise<number>;
}

export function createNameQuota(deps: NameQuotaDeps): NameQuota {
  const { clock, namesPerProduct, countDevices, isKnown } = deps;
  const counts = new Map<string, Counted>();
  const far = namesPerProduct < SMALL ? 0 : FAR * namesPerProduct;

  const count = (tenant: string, productKey: string): Counted => {
    const key = keyOf(tenant, productKey);
    const now = clock.monotonicMs();
    const known = counts.get(key);
    if (known !== undefined && now < known.until) return known;
    if (counts.size >= MOST_PRODUCTS) counts.clear();
    const counted: Counted = {
      until: now + COUNTED_MS,
      since: 0,
      names: countDevices(tenant, productKey),
    };
    counts.set(key, counted);
    counted.names.then(
      (names) => {
        if (names < far) counted.until = now + COUNTED_FAR_MS;
      },
      () => counts.delete(key),
    );
    return counted;
  };

  return {
    async allows(tenant, productKey, deviceKey) {
      const counted = count(tenant, productKey);
      const names = await counted.names;
      if (names >= namesPerProduct) return isKnown(tenant, productKey, deviceKey);
      // Counts each claim as one of a new name, so the quota holds until the names are counted
      // again.
      counted.since += 1;
      if (names < far && names + counted.since >= far) counts.delete(keyOf(tenant, productKey));
      return true;
    },
  };
}
