import type { ConflictKind } from './units.types.ts';

export interface ConflictingClient {
  readonly clientId: string;
  /** RFC 3339. */
  readonly firstSeenAt: string;
  readonly lastSeenAt: string;
  readonly gatewayId: string | null;
}

export type ReleaseReason = 'connection-lost' | 'refused' | 'expired' | 'purged';

/** Commands on the physical units of one name. */
export type UnitsCommand =
  /** A unit asks for a slot; an unknown name is registered with it. */
  | {
      readonly type: 'ClaimUnit';
      readonly productKey: string;
      readonly deviceKey: string;
      /** The device id of the new life, if the name has none now. */
      readonly deviceId: string;
      readonly clientId: string;
      readonly tokenHash: string;
      readonly gatewayId: string;
      readonly dialect: string;
    }
  | {
      readonly type: 'ReleaseUnit';
      readonly generation: number;
      readonly clientId: string;
      readonly reason: ReleaseReason;
    }
  | { readonly type: 'SwitchUnit'; readonly clientId: string }
  | { readonly type: 'ClearUnits' }
  | { readonly type: 'UndoUnits' }
  | { readonly type: 'ReopenName' }
  | { readonly type: 'PurgeUnit'; readonly clientId: string }
  /** Evidence from sessions that one identity is used twice. */
  | {
      readonly type: 'ReportConflict';
      readonly generation: number;
      readonly kind: ConflictKind;
      readonly clientIds: readonly ConflictingClient[];
    };
