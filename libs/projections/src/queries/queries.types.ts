import type {
  DeviceDocument,
  MultiClientIdDocument,
  ProductDocument,
  SessionDocument,
  UnitDocument,
  UnitsDocument,
} from '@tallystick/contracts';
import type { SecretOrigin, SecretVersion } from '@tallystick/domain';

export interface Page<T> {
  readonly data: readonly T[];
  /** To be handed back for what follows; null: nothing does. */
  readonly nextCursor: string | null;
}

export interface DeviceFilter {
  readonly tenant: string;
  readonly productKey?: string;
  readonly deviceKey?: string;
  readonly status?: DeviceDocument['status'];
  /** All of these tags with these values. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** Where a device id leads: its stream, and what handlers need beside it. */
export interface DevicePlace {
  readonly tenant: string;
  readonly productKey: string;
  readonly deviceKey: string;
  readonly generation: number;
  readonly secretOrigin: SecretOrigin;
  /** Newest first. */
  readonly secrets: readonly SecretVersion[];
}

export interface FoundSession extends SessionDocument {
  readonly deviceId: string;
  readonly productKey: string;
  readonly deviceKey: string;
  readonly generation: number;
}

/** One ClientID of a name: as a unit that claimed, as the sessions show it, or both. */
export interface ClientIdEntry {
  readonly clientId: string;
  /** null: never claimed; known from its sessions alone. */
  readonly state: UnitDocument['state'] | null;
  readonly firstConnectedAt: string | null;
  readonly lastConnectedAt: string | null;
  readonly connected: boolean;
}

/**
 * What the views know, in the shapes of the interface. Another tenant's key or id is answered as an unknown one: null.
 * A list is null when its cursor is none of ours.
 */
export interface IdentityQueries {
  findProduct(tenant: string, productKey: string): Promise<ProductDocument | null>;
  /** In the order of creation. */
  listProducts(
    tenant: string,
    limit: number,
    cursor?: string | null,
  ): Promise<Page<ProductDocument> | null>;
  findDevice(tenant: string, deviceId: string): Promise<DeviceDocument | null>;
  findDeviceByKey(
    tenant: string,
    productKey: string,
    deviceKey: string,
  ): Promise<DeviceDocument | null>;
  /** In the order of registration: what is registered later comes later, so that paging misses nothing that stays. */
  listDevices(
    filter: DeviceFilter,
    limit: number,
    cursor?: string | null,
  ): Promise<Page<DeviceDocument> | null>;
  locate(tenant: string, deviceId: string): Promise<DevicePlace | null>;
  countDevices(tenant: string, productKey: string): Promise<number>;
  listUnits(tenant: string, deviceId: string): Promise<UnitsDocument | null>;
  /** Newest first, the last 100. */
  listSessions(tenant: string, deviceId: string): Promise<readonly SessionDocument[] | null>;
  findSession(tenant: string, sessionId: string): Promise<FoundSession | null>;
  /** The names of a product that more than one ClientID uses; by device key. */
  multiClientIds(
    tenant: string,
    productKey: string,
    limit: number,
    cursor?: string | null,
  ): Promise<Page<MultiClientIdDocument> | null>;
  /** Every ClientID of one name, of this life: its state, first and last connection. */
  listClientIds(tenant: string, deviceId: string): Promise<readonly ClientIdEntry[] | null>;
}
