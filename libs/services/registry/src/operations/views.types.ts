import type {
  DeviceDocument,
  MultiClientIdDocument,
  ProductDocument,
  SessionDocument,
  TimelineEntryDocument,
} from '@tallystick/contracts';
import type { EpochMs } from '@tallystick/kernel';
import type { DeviceListQuery } from '../http/query.schemas.ts';
import type { Page } from './operations.types.ts';

export interface PageQuery {
  readonly limit: number;
  readonly cursor: string | null;
}

/** What sessions tell of a device. */
export type Presence = Pick<DeviceDocument, 'presence' | 'clientId' | 'epoch' | 'lastSeenAt'>;

/** What sessions tell of a physical unit. */
export interface UnitPresence {
  readonly clientId: string;
  readonly firstConnectedAt: string | null;
  readonly lastConnectedAt: string | null;
  readonly connected: boolean;
}

export interface LiveSession {
  readonly sessionId: string;
  readonly gatewayId: string;
}

/** A unit that waits for something: its first login, or the end of its purge. */
export interface WaitingUnit {
  readonly tenant: string;
  readonly productKey: string;
  readonly deviceKey: string;
  readonly generation: number;
  readonly clientId: string;
  readonly claimedAt: EpochMs;
}

/** The views as the registry asks them. */
export interface RegistryViews {
  /** ProblemError `view-behind` when the views do not get there in time. */
  reach(position: number): Promise<void>;
  products(tenant: string, page: PageQuery): Promise<Page<ProductDocument>>;
  hasDevices(tenant: string, productKey: string): Promise<boolean>;
  multiClientIds(
    tenant: string,
    productKey: string,
    page: PageQuery,
  ): Promise<Page<MultiClientIdDocument>>;
  device(tenant: string, deviceId: string): Promise<DeviceDocument | null>;
  devices(tenant: string, query: DeviceListQuery): Promise<Page<DeviceDocument>>;
  presence(tenant: string, deviceId: string): Promise<Presence>;
  unitPresence(tenant: string, deviceId: string): Promise<readonly UnitPresence[]>;
  /** DeviceOnline and DeviceOffline. */
  transitions(tenant: string, deviceId: string): Promise<readonly TimelineEntryDocument[]>;
  sessions(tenant: string, deviceId: string): Promise<readonly SessionDocument[]>;
  liveSession(tenant: string, sessionId: string): Promise<LiveSession | null>;
  /** Claimed before that instant, and still pending. */
  pendingUnits(claimedBefore: EpochMs): Promise<readonly WaitingUnit[]>;
  purgingUnits(): Promise<readonly WaitingUnit[]>;
}
