import type {
  DeviceDocument,
  MultiClientIdDocument,
  ProductDocument,
  SessionDocument,
  TimelineEntryDocument,
} from '@tallystick/contracts';
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

/** The views as the registry asks them. */
export interface RegistryViews {
  /** ProblemError `view-behind` when the views do not get there in time. */
  reach(position: number): Promise<void>;
  products(tenant: string, page: PageQuery): Promise<Page<ProductDocument>>;
  countDevices(tenant: string, productKey: string): Promise<number>;
  multiClientIds(
    tenant: string,
    productKey: string,
    page: PageQuery,
  ): Promise<Page<MultiClientIdDocument>>;
  /** As the view shows it now. */
  device(tenant: string, deviceId: string): Promise<DeviceDocument | null>;
  /**
   * For a read: null only when the view has seen all that this process has appended, for whoever
   * was answered 201 must not be told that there is nothing. ProblemError `view-behind` when it
   * does not get there in time.
   */
  findDevice(tenant: string, deviceId: string): Promise<DeviceDocument | null>;
  deviceByKey(
    tenant: string,
    productKey: string,
    deviceKey: string,
  ): Promise<DeviceDocument | null>;
  devices(tenant: string, query: DeviceListQuery): Promise<Page<DeviceDocument>>;
  unitPresence(tenant: string, deviceId: string): Promise<readonly UnitPresence[]>;
  /** DeviceOnline and DeviceOffline, oldest first. */
  transitions(tenant: string, deviceId: string): Promise<readonly TimelineEntryDocument[]>;
  sessions(
    tenant: string,
    deviceId: string,
    clientId?: string,
  ): Promise<readonly SessionDocument[]>;
  liveSession(tenant: string, sessionId: string): Promise<LiveSession | null>;
}
