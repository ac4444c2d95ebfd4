import type { Clock } from '@tallystick/ports';

/** A count is good for so long: the quota is a brake, not a border. */
const COUNTED_MS = 1_000;
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

export function createNameQuota(deps: NameQuotaDeps): NameQuota {
  const { clock, namesPerProduct, countDevices, isKnown } = deps;
  const counts = new Map<string, { readonly at: number; readonly count: Promise<number> }>();

  const count = (tenant: string, productKey: string): Promise<number> => {
    const key = `${tenant}/${productKey}`;
    const now = clock.monotonicMs();
    const known = counts.get(key);
    if (known !== undefined && now - known.at < COUNTED_MS) return known.count;
    if (counts.size >= MOST_PRODUCTS) counts.clear();
    const counted = countDevices(tenant, productKey);
    counts.set(key, { at: now, count: counted });
    counted.catch(() => counts.delete(key));
    return counted;
  };

  return {
    allows: async (tenant, productKey, deviceKey) =>
      (await count(tenant, productKey)) < namesPerProduct || isKnown(tenant, productKey, deviceKey),
  };
}
