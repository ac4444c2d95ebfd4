import type {
  CreateDeviceBody,
  CreateProductBody,
  DeviceDocument,
  DisableDeviceBody,
  EffectsDocument,
  ExplainEntryDocument,
  GatewayDocument,
  MultiClientIdDocument,
  PatchDeviceBody,
  PatchProductBody,
  ProductDocument,
  ResetDeviceSecretBody,
  ResetProductSecretBody,
  SessionDocument,
  StoreDocument,
  SwitchUnitBody,
  TimelineEntryDocument,
  UnitsDocument,
} from '@tallystick/contracts';
import type { JsonValue } from '@tallystick/kernel';
import type { Call } from '../http/call.ts';
import type { DeviceListQuery, ListQuery } from '../http/query.schemas.ts';

/** What a write answers with. */
export interface Written {
  readonly position: number;
  /** null: of no stream. */
  readonly revision: number | null;
  /** null: 204. */
  readonly body: JsonValue | null;
}

export interface Page<T> {
  readonly data: readonly T[];
  readonly nextCursor: string | null;
}

export interface Listing<T> {
  readonly data: readonly T[];
}

export interface ProductOperations {
  create(call: Call, body: CreateProductBody): Promise<Written>;
  patch(call: Call, productKey: string, body: PatchProductBody): Promise<Written>;
  remove(call: Call, productKey: string): Promise<Written>;
  resetSecret(call: Call, productKey: string, body: ResetProductSecretBody): Promise<Written>;
  readSecret(call: Call, productKey: string): Promise<Written>;
  list(call: Call, query: ListQuery): Promise<Page<ProductDocument>>;
  get(call: Call, productKey: string): Promise<ProductDocument>;
  multiClientIds(
    call: Call,
    productKey: string,
    query: ListQuery,
  ): Promise<Page<MultiClientIdDocument>>;
}

export interface DeviceOperations {
  create(call: Call, body: CreateDeviceBody): Promise<Written>;
  patch(call: Call, deviceId: string, body: PatchDeviceBody): Promise<Written>;
  remove(call: Call, deviceId: string): Promise<Written>;
  disable(call: Call, deviceId: string, body: DisableDeviceBody): Promise<Written>;
  enable(call: Call, deviceId: string): Promise<Written>;
  reset(call: Call, deviceId: string): Promise<Written>;
  resetSecret(call: Call, deviceId: string, body: ResetDeviceSecretBody): Promise<Written>;
  readSecret(call: Call, deviceId: string): Promise<Written>;
  list(call: Call, query: DeviceListQuery): Promise<Page<DeviceDocument>>;
  get(call: Call, deviceId: string): Promise<DeviceDocument>;
}

export interface HistoryOperations {
  /** Each with a ClientId: what concerns that unit alone. */
  timeline(
    call: Call,
    deviceId: string,
    clientId?: string,
  ): Promise<Listing<TimelineEntryDocument>>;
  explain(call: Call, deviceId: string, clientId?: string): Promise<Listing<ExplainEntryDocument>>;
  sessions(call: Call, deviceId: string, clientId?: string): Promise<Listing<SessionDocument>>;
  endSession(call: Call, sessionId: string): Promise<Written>;
}

export interface UnitOperations {
  list(call: Call, deviceId: string): Promise<UnitsDocument>;
  switch(call: Call, deviceId: string, body: SwitchUnitBody): Promise<Written>;
  clear(call: Call, deviceId: string): Promise<Written>;
  undo(call: Call, deviceId: string): Promise<Written>;
  reopen(call: Call, deviceId: string): Promise<Written>;
  purge(call: Call, deviceId: string, clientId: string): Promise<Written>;
}

export interface EffectOperations {
  of(position: number, waitSeconds: number): Promise<EffectsDocument>;
  gateways(): Promise<Listing<GatewayDocument>>;
  /** ProblemError `gateway-unknown`, `gateway-alive`, `bus-unavailable`. */
  retire(call: Call, gatewayId: string): Promise<Written>;
}

export interface StoreOperations {
  show(): Promise<StoreDocument>;
  /** ProblemError `store-ok` when nothing is lost. */
  adopt(): Promise<Written>;
}

/** Waits for the views; ProblemError `view-behind` when they do not get there in time. */
export interface ViewOperations {
  reach(position: number): Promise<void>;
}

/**
 * All that the operators' API can do. Knows no framework; what is refused is thrown as
 * ProblemError.
 */
export interface Operations {
  readonly products: ProductOperations;
  readonly devices: DeviceOperations;
  readonly history: HistoryOperations;
  readonly units: UnitOperations;
  readonly effects: EffectOperations;
  readonly store: StoreOperations;
  readonly views: ViewOperations;
}
