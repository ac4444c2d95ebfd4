import type { EpochMs } from '@tallystick/kernel';

export const DEVICE_KEY_SCOPES = ['product', 'tenant'] as const;

/** Within what a device key is unique; fixed when the tenant is made. */
export type DeviceKeyScope = (typeof DEVICE_KEY_SCOPES)[number];

export const SCOPES = ['read', 'write', 'secrets:read', 'admin'] as const;

/** What a token may do; none implies another. */
export type Scope = (typeof SCOPES)[number];

/** Tenant events. The stream is `tenant/<tenant>`. */
export interface TenantEvent {
  readonly type: 'TenantCreated';
  readonly time: EpochMs;
  readonly data: {
    readonly tenant: string;
    readonly name: string;
    readonly deviceKeyScope: DeviceKeyScope;
  };
}

export interface LiveTenant {
  readonly status: 'live';
  readonly tenant: string;
  readonly name: string;
  readonly deviceKeyScope: DeviceKeyScope;
  readonly createdAt: EpochMs;
}

export type TenantState = { readonly status: 'absent' } | LiveTenant;

/** Token events. The stream is `token/<tokenId>`. */
export type TokenEvent = { readonly time: EpochMs } & (
  | {
      readonly type: 'TokenIssued';
      readonly data: {
        readonly tokenId: string;
        readonly tenant: string;
        readonly name: string;
        readonly scopes: readonly Scope[];
        /** RFC 3339; null: never. */
        readonly expiresAt: string | null;
        /** SHA-256 (hex) of the token. */
        readonly tokenHash: string;
      };
    }
  | {
      readonly type: 'TokenRevoked';
      readonly data: { readonly tokenId: string; readonly name: string };
    }
);

export interface LiveToken {
  readonly status: 'live';
  readonly tokenId: string;
  readonly tenant: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: EpochMs;
  readonly expiresAt: EpochMs | null;
  readonly tokenHash: string;
}

export type TokenState =
  | { readonly status: 'absent' }
  | LiveToken
  | (Omit<LiveToken, 'status'> & { readonly status: 'revoked' });

interface OfJob {
  readonly jobId: string;
}

/** Events of an import. The stream is `job/<tenant>/<jobId>`. */
export type JobEvent = { readonly time: EpochMs } & (
  | {
      readonly type: 'ImportFinished';
      readonly data: OfJob & {
        readonly rows: number;
        readonly accepted: number;
        readonly refused: number;
      };
    }
  | {
      readonly type: 'ImportUndone';
      readonly data: OfJob & { readonly undone: number; readonly kept: number };
    }
);
