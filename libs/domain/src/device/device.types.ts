import type { EpochMs } from '@tallystick/kernel';
import type { SecretVersion } from '../product/product.types.ts';
import type { ConflictCause, ConflictKind, UnitsState } from '../units/units.types.ts';

export interface DeviceName {
  readonly deviceId: string;
  readonly productKey: string;
  readonly deviceKey: string;
  /** Counts the lives of a device key, from 1. */
  readonly generation: number;
}

type OfUnit = DeviceName & { readonly clientId: string };
export type Tags = Readonly<Record<string, string>>;
export type DeviceOrigin = 'api' | 'import' | 'claim' | 'gateway';
export type SecretOrigin = 'given' | 'allocated' | 'none';
export type ActivationMethod = 'static' | 'dynamic' | 'registration-free' | 'certificate';

/**
 * Device events. The stream is `device/<tenant>/<productKey>/<deviceKey>`; all lives of the key
 * stand in it. `secretId` and `tokenHash` are never published.
 */
export type DeviceEvent = { readonly time: EpochMs } & (
  | {
      readonly type: 'DeviceRegistered';
      readonly data: DeviceName & {
        readonly origin: DeviceOrigin;
        readonly secretOrigin: SecretOrigin;
        readonly registrationTimeoutSeconds: number | null;
        readonly name: string | null;
        readonly tags: Tags;
        /** 0 and null where secretOrigin is none. */
        readonly secretVersion: number;
        readonly secretId: string | null;
      };
    }
  | {
      readonly type: 'DeviceActivated';
      readonly data: DeviceName & {
        readonly method: ActivationMethod;
        readonly dialect: string;
        readonly clientId: string;
        readonly gatewayId: string;
        /** The login was before the last reset, and was told of after it: that reset stands. */
        readonly beforeReset?: true;
      };
    }
  | {
      readonly type: 'DeviceDisabled';
      readonly data: DeviceName & { readonly reason: string | null };
    }
  | { readonly type: 'DeviceEnabled'; readonly data: DeviceName }
  | { readonly type: 'DeviceReset'; readonly data: DeviceName }
  | {
      readonly type: 'DeviceSecretReset';
      readonly data: DeviceName & {
        readonly secretVersion: number;
        readonly secretId: string;
        readonly secretOrigin: 'given' | 'allocated';
        /** RFC 3339: until when the older version still holds; null: no longer. */
        readonly previousExpiresAt: string | null;
      };
    }
  | {
      readonly type: 'DeviceDetailsChanged';
      readonly data: DeviceName & {
        readonly name?: string | null;
        readonly tags?: Tags;
        readonly registrationTimeoutSeconds?: number | null;
      };
    }
  | { readonly type: 'DeviceDeleted'; readonly data: DeviceName }
  /** Nobody activated it in time: the life is over, as by DeviceDeleted. */
  | {
      readonly type: 'RegistrationExpired';
      readonly data: DeviceName & {
        /** RFC 3339. */
        readonly registeredAt: string;
        /** As it stood at the end: a change counts from the registration on. */
        readonly registrationTimeoutSeconds: number;
      };
    }
  | {
      readonly type: 'SecretRead';
      readonly data: DeviceName & {
        readonly secretVersions: readonly number[];
        /** The device itself has fetched it, by dynamic activation; absent: an operator looked. */
        readonly method?: 'dynamic';
      };
    }
  | {
      readonly type: 'ClientIdConflict';
      readonly data: DeviceName & {
        readonly kind: ConflictKind;
        readonly cause: ConflictCause;
        readonly limit: number;
        readonly refused: number;
        readonly clientIds: readonly {
          readonly clientId: string;
          /** RFC 3339. */
          readonly firstSeenAt: string;
          readonly lastSeenAt: string;
          readonly gatewayId: string | null;
        }[];
      };
    }
  | {
      readonly type: 'ClientIdClaimed';
      readonly data: OfUnit & {
        readonly tokenHash: string;
        readonly gatewayId: string;
        readonly dialect: string;
      };
    }
  | { readonly type: 'ClientIdActivated'; readonly data: OfUnit & { readonly gatewayId: string } }
  | {
      readonly type: 'ClientIdReleased';
      readonly data: OfUnit & {
        readonly reason: 'connection-lost' | 'refused' | 'expired' | 'purged';
      };
    }
  /** Switch: `clientId` stays, `forbidden` are barred, the name is closed. */
  | {
      readonly type: 'ClientIdRetained';
      readonly data: OfUnit & { readonly forbidden: readonly string[] };
    }
  /** Clear: all are barred, the name is closed. */
  | {
      readonly type: 'ClientIdsCleared';
      readonly data: DeviceName & { readonly forbidden: readonly string[] };
    }
  /** Undo: these are let in again, the name is open. */
  | {
      readonly type: 'ClientIdRestored';
      readonly data: DeviceName & { readonly clientIds: readonly string[] };
    }
  | { readonly type: 'ClientIdPurged'; readonly data: OfUnit }
  | { readonly type: 'DeviceNameReopened'; readonly data: DeviceName }
);

/**
 * A reservation of a given device id: stream `device-id/<id>`. Bookkeeping of the store: not
 * relayed.
 */
export type DeviceIdEvent = { readonly time: EpochMs } & (
  | { readonly type: 'DeviceIdReserved'; readonly data: DeviceName & { readonly tenant: string } }
  | { readonly type: 'DeviceIdReleased'; readonly data: DeviceName & { readonly tenant: string } }
);

/**
 * The same of a device key, where it is unique in the whole tenant: stream
 * `device-key/<tenant>/<device key>`.
 */
export type DeviceKeyEvent = { readonly time: EpochMs } & (
  | { readonly type: 'DeviceKeyReserved'; readonly data: DeviceName & { readonly tenant: string } }
  | { readonly type: 'DeviceKeyReleased'; readonly data: DeviceName & { readonly tenant: string } }
);

export interface LiveDevice extends DeviceName {
  readonly status: 'live';
  readonly tenant: string;
  readonly name: string | null;
  readonly tags: Tags;
  readonly activatedAt: EpochMs | null;
  readonly registeredAt: EpochMs;
  readonly disabled: boolean;
  readonly disabledReason: string | null;
  /** Within so long of its registration the device must be activated; null and 0: at any time. */
  readonly registrationTimeoutSeconds: number | null;
  /** Whether dynamic activation may (still, or after a reset again) fetch the secret. */
  readonly dynamicOpen: boolean;
  /** The newest version that dynamic activation has given to the device; null: none. */
  readonly deliveredVersion: number | null;
  /** Whether it was reset since its newest secret was made. */
  readonly resetSinceSecret: boolean;
  /** When it was last reset: an activation signal from before says nothing of the time after. */
  readonly resetAt: EpochMs | null;
  readonly secretOrigin: SecretOrigin;
  /** When its newest secret was made. */
  readonly secretSince: EpochMs;
  /** Newest first; empty for a device that lives by claims alone. */
  readonly secrets: readonly SecretVersion[];
  readonly units: UnitsState;
}

export type DeviceState =
  /** No life now; `generation` is that of the last one, 0 if there was none. */
  { readonly status: 'absent'; readonly tenant: string; readonly generation: number } | LiveDevice;
