import type {
  DecisionStatsDocument,
  DeviceDocument,
  MultiClientIdDocument,
  ProductDocument,
  SessionDocument,
  StatsDocument,
  TenantDocument,
  TimelineEntryDocument,
  TokenDocument,
  UnitDocument,
  UnitsDocument,
} from '@tallystick/contracts';
import type { SecretOrigin, SecretVersion } from '@tallystick/domain';
import type { EpochMs } from '@tallystick/kernel';

export interface Page<T> {
  readonly data: readonly T[];
  /** To be handed back for what follows; null: nothing does. */
  readonly nextCursor: string | null;
}

export interface DeviceFilter {
  readonly tenant: string;
  readonly productKey?: string;
  readonly deviceKey?: string;
  /** What the device key or the device id begins with. */
  readonly q?: string;
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

/** Whole steps of whole minutes; `to` is not part of it. */
export interface StatsPeriod {
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly stepMs: number;
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

/** A unit that waits for something: its first login, or the end of its purge. */
export interface WaitingUnit {
  readonly tenant: string;
  readonly productKey: string;
  readonly deviceKey: string;
  readonly generation: number;
  readonly clientId: string;
  /** From when a pending unit's time counts: its claim, or the undo that let it back. */
  readonly since: EpochMs;
}

/** A life that ends when nobody activates it in time. */
export interface EndingRegistration {
  readonly tenant: string;
  readonly productKey: string;
  readonly deviceKey: string;
  readonly generation: number;
  readonly endsAt: EpochMs;
}

/**
 * What the views know, in the shapes of the interface. Another tenant's key or id is answered as an
 * unknown one: null. A list is null when its cursor is none of ours.
 */
export interface IdentityQueries {
  findProduct(tenant: string, productKey: string): Promise<ProductDocument | null>;
  /** In the order of creation; `q`: only those whose key or name begins so. */
  listProducts(
    tenant: string,
    limit: number,
    cursor?: string | null,
    q?: string,
  ): Promise<Page<ProductDocument> | null>;
  /** In the order of creation. */
  listTenants(limit: number, cursor?: string | null): Promise<Page<TenantDocument> | null>;
  /** Those that are not revoked, in the order of creation. */
  listTokens(
    tenant: string,
    limit: number,
    cursor?: string | null,
  ): Promise<Page<Omit<TokenDocument, 'lastUsedAt'>> | null>;
  countTokens(tenant: string): Promise<number>;
  findDevice(tenant: string, deviceId: string): Promise<DeviceDocument | null>;
  findDeviceByKey(
    tenant: string,
    productKey: string,
    deviceKey: string,
  ): Promise<DeviceDocument | null>;
  /** In the order of product and device key: what stands all the time is met once. */
  listDevices(
    filter: DeviceFilter,
    limit: number,
    cursor?: string | null,
  ): Promise<Page<DeviceDocument> | null>;
  locate(tenant: string, deviceId: string): Promise<DevicePlace | null>;
  countDevices(tenant: string, productKey: string): Promise<number>;
  /** From counts that are kept with the rows. */
  countFleet(tenant: string): Promise<StatsDocument>;
  /** Every step of the period; what is older than 24 h is not kept. */
  countDecisions(tenant: string, period: StatsPeriod): Promise<DecisionStatsDocument['data']>;
  listUnits(tenant: string, deviceId: string): Promise<UnitsDocument | null>;
  /** Newest first, the last 100. */
  listSessions(
    tenant: string,
    deviceId: string,
    clientId?: string,
  ): Promise<readonly SessionDocument[] | null>;
  /**
   * DeviceOnline and DeviceOffline of this life, oldest first, at least the last 100. They have no
   * position, because they stand in no stream.
   */
  listTransitions(tenant: string, deviceId: string): Promise<readonly TimelineEntryDocument[]>;
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
  /**
   * Units of all tenants that have waited in this state since `before` or longer, the longest
   * first.
   */
  listWaitingUnits(
    state: 'pending' | 'purging',
    before: EpochMs,
    limit: number,
  ): Promise<readonly WaitingUnit[]>;
  /**
   * Inactive devices of all tenants whose registration has run out by `before`, the longest ago
   * first.
   */
  listEndingRegistrations(before: EpochMs, limit: number): Promise<readonly EndingRegistration[]>;
}
