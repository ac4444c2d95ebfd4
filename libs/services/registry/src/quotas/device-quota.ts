import type { DeviceQuota, Ending, Grant, QuotaExceeded } from '@tallystick/application';
import type { Ids } from '@tallystick/ports';
import { PlaceMeter, type PlaceMeterDeps } from './place-meter.ts';
import type { QuotaScope } from './places-ledger.ts';

/** How many devices there may be; 0: any number. */
export interface DeviceLimits {
  readonly devicesPerTenant: number;
  readonly devicesPerProduct: number;
}

export interface DeviceQuotaDeps extends PlaceMeterDeps {
  readonly ids: Pick<Ids, 'uuid'>;
  readonly limits: DeviceLimits;
}

const MOST_METERS = 10_000;

function exceeded({ tenant, productKey, limit }: QuotaScope): QuotaExceeded {
  const detail =
    productKey === null
      ? `TALLYSTICK_LIMIT_DEVICES_PER_TENANT is ${limit}, and tenant ${tenant} has as many devices`
      : `TALLYSTICK_LIMIT_DEVICES_PER_PRODUCT is ${limit}, and product ${productKey} has as many devices`;
  return { code: 'quota-exceeded', detail };
}

function createMeters(deps: DeviceQuotaDeps): (scope: QuotaScope) => PlaceMeter {
  const meters = new Map<string, PlaceMeter>();
  const process = deps.ids.uuid();
  let made = 0;
  return (scope) => {
    const key = `${scope.tenant}/${scope.productKey ?? ''}`;
    const known = meters.get(key);
    if (known !== undefined) return known;
    for (const [oldest, meter] of meters) {
      if (meters.size < MOST_METERS) break;
      if (meter.idle()) meters.delete(oldest);
    }
    // One that is made anew after it was forgotten is another holder: the first one's places end
    // with their lease.
    const meter = new PlaceMeter(deps, scope, `${process}.${(made += 1)}`);
    meters.set(key, meter);
    return meter;
  };
}

interface Part {
  readonly meter: PlaceMeter;
  readonly places: number;
}

function toGrant(parts: readonly Part[], granted: number): Pick<Grant, 'granted' | 'end'> {
  return {
    granted,
    end(ending: Ending) {
      for (const { meter } of parts) meter.end(granted, ending);
    },
  };
}

/** null: there are no limits. */
export function createDeviceQuota(deps: DeviceQuotaDeps): DeviceQuota | null {
  const { devicesPerTenant, devicesPerProduct } = deps.limits;
  if (devicesPerTenant === 0 && devicesPerProduct === 0) return null;
  const meterOf = createMeters(deps);

  const scopesOf = (tenant: string, productKey: string): readonly QuotaScope[] =>
    [
      { tenant, productKey, limit: devicesPerProduct },
      { tenant, productKey: null, limit: devicesPerTenant },
    ].filter(({ limit }) => limit > 0);

  return {
    async grant(tenant, productKey, devices) {
      const parts: Part[] = [];
      let granted = devices;
      let refusal: QuotaExceeded | null = null;
      let passing = false;
      try {
        for (const scope of scopesOf(tenant, productKey)) {
          const meter = meterOf(scope);
          const { places, ...taken } = await meter.take(granted);
          parts.push({ meter, places });
          if (places < granted) refusal = exceeded(scope);
          passing ||= taken.passing;
          granted = places;
          if (granted === 0) break;
        }
      } catch (error) {
        for (const { meter, places } of parts) meter.end(places, null);
        throw error;
      }
      for (const { meter, places } of parts) meter.end(places - granted, null);
      return { ...toGrant(parts, granted), refusal, passing };
    },
  };
}
