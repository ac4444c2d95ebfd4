import type { GatewayKeys, KeyRing } from '@tallystick/application';
import type {
  Clock,
  EventBus,
  EventStore,
  IdempotencyStore,
  Ids,
  Leadership,
  LogReader,
  SecretStore,
  SqlDatabase,
  StoreTail,
  StreamEnds,
} from '@tallystick/ports';
import type { Checks, Home, Logger, Settings } from '@tallystick/services-edge';

/** What a registry is started with. The adapters stay the caller's to close. */
export interface RegistryDeps {
  readonly settings: Settings;
  readonly home: Home;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly ids: Ids;
  readonly bus: EventBus;
  readonly store: EventStore;
  readonly ends: StreamEnds;
  /** Which store this is, and whether it may be written to. */
  readonly tail: StoreTail;
  /** The database beside the store: views, decisions, how far signals were read. */
  readonly sql: SqlDatabase;
  /** The store's log, in works of `sql`. */
  readonly log: LogReader;
  readonly secrets: SecretStore;
  readonly idempotency: IdempotencyStore;
  readonly leadership: Leadership;
  readonly keyRing: KeyRing;
  /** Newest first; the newest seals for the gateways. */
  readonly epochKeys: GatewayKeys;
  readonly adminToken: string;
  readonly internalToken: string;
  /** Services of the same process that /readyz speaks for as well. */
  readonly beside?: () => { readonly ready: boolean; readonly checks: Checks };
}
