import type {
  DeviceEvent,
  DeviceIdEvent,
  DeviceKeyEvent,
  DeviceRefusal,
  JobEvent,
  ProductEvent,
  ProductRefusal,
  TenantEvent,
  TokenEvent,
} from '@tallystick/domain';
import type { JsonValue, Result } from '@tallystick/kernel';
import type { Clock, EventOrigin, EventStore, IdempotencyStore, Ids } from '@tallystick/ports';
import type { DistributionSealer } from '../secrets/distribution.ts';
import type { SecretVault } from '../secrets/secret-vault.ts';
import type { DeviceQuota, QuotaExceeded } from './quota.types.ts';

/** Who calls, for whom, and because of what. */
export interface CallContext {
  readonly tenant: string;
  readonly actor: string;
  readonly correlationId: string;
  /** Absent: the call itself is the cause. */
  readonly causationId?: string;
  readonly traceparent?: string;
  /** For the audit; absent: what follows has no row of its own there. */
  readonly origin?: EventOrigin;
  /** The revision that the caller has seen; null or absent: any. */
  readonly ifMatch?: number | null;
  readonly idempotency?: IdempotentCall;
}

export interface IdempotentCall {
  /** Scope and key in one: tenant, actor, key. */
  readonly key: string;
  /**
   * Method, path and body in one spelling. It tells a repeated call from a different one. It may
   * hold secrets, so only its sealed hash is kept.
   */
  readonly request: string;
  /** As an earlier release spelled it; absent: as `request`. */
  readonly asBefore?: string;
  /**
   * The body to answer with: kept, so that a repeat gets the same. Absent: {@link Outcome.body} is
   * null and the caller renders the kept outcome again.
   */
  readonly render?: (outcome: Outcome<unknown, unknown>) => Promise<JsonValue> | JsonValue;
}

/** What became of a command. Holds JSON only, secrets in the clear among it: it is never logged. */
export interface Outcome<State, Reply> {
  /** The position of the last event written; where nothing changed, of the stream's last event. */
  readonly position: number;
  /** The revision of the product's or device's stream. */
  readonly revision: number;
  readonly changed: boolean;
  /** After the command. */
  readonly state: State;
  readonly reply: Reply;
  readonly body: JsonValue | null;
  /** The answer of an earlier call under the same Idempotency-Key; absent: of this one. */
  readonly repeated?: true;
}

export type Refusal =
  | { readonly code: 'tenant-taken' | 'token-unknown' }
  | { readonly code: DeviceRefusal['code'] | ProductRefusal['code'] }
  | {
      readonly code:
        'device-id-taken' | 'stale-revision' | 'idempotency-mismatch' | 'store-unavailable';
    }
  | { readonly code: 'invalid-field'; readonly path: string; readonly message: string }
  | QuotaExceeded;

export type Answer<State, Reply> = Promise<Result<Outcome<State, Reply>, Refusal>>;

/** All that a handler appends. */
export type DomainEvent =
  DeviceEvent | DeviceIdEvent | DeviceKeyEvent | ProductEvent | TenantEvent | TokenEvent | JobEvent;

export interface Limits {
  /** How long a claimed unit may stay away. Default 600 000. */
  readonly pendingMs: number;
  /** One ClientIdConflict per kind and cause in so long a time. Default 3 600 000. */
  readonly conflictWindowMs: number;
  /** How long a call tries again, after a lost race or with a store that is away. Default 3 000. */
  readonly budgetMs: number;
}

export interface HandlerDeps {
  readonly store: EventStore;
  readonly idempotency: IdempotencyStore;
  readonly vault: SecretVault;
  /** Seals new secrets for the gateways. */
  readonly sealer: DistributionSealer;
  readonly ids: Ids;
  readonly clock: Clock;
  /** Resolves after so many milliseconds. */
  readonly pause: (ms: number) => Promise<void>;
  readonly limits?: Partial<Limits>;
  /** Absent: any number of devices. */
  readonly quota?: DeviceQuota | null;
}
