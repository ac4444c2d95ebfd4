import type { Clock, EventStore, Ids } from '@tallystick/ports';
import type { DistributionSealer } from '../secrets/distribution.ts';
import type { SecretVault } from '../secrets/secret-vault.ts';
import type { Run } from './execution.ts';
import type { Limits } from './handlers.types.ts';
import type { Loading } from './loading.ts';
import type { DeviceQuota } from './quota.types.ts';

/** What every handler works with. */
export interface Parts {
  readonly store: EventStore;
  readonly vault: SecretVault;
  /** Seals new secrets for the gateways. */
  readonly sealer: DistributionSealer;
  readonly ids: Ids;
  readonly clock: Clock;
  /** Resolves after so many milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
  readonly loading: Loading;
  readonly limits: Limits;
  /** null: any number of devices. */
  readonly quota: DeviceQuota | null;
  readonly run: Run;
}
