export { asyncApiDocument } from './asyncapi/asyncapi.ts';
export {
  fromCloudEventHeaders,
  schemaUri,
  toCloudEventHeaders,
  toStructured,
  type EventAttributes,
  type EventPlace,
  type SourceApp,
} from './bus/cloud-events.ts';
export { parseBusCommand } from './bus/commands.ts';
export type * from './bus/commands.types.ts';
export {
  APPENDED_AT_HEADER,
  parseCredentialRecord,
  PRODUCT_GENERATION,
  MARK_KEYS,
  TICK_KEY,
  toTombstoneHeaders,
} from './bus/credentials.ts';
export type * from './bus/credentials.types.ts';
export * from './bus/decisions.types.ts';
export { parseGatewaysRecord } from './bus/gateways.ts';
export type * from './bus/gateways.types.ts';
export { FAST_EVENT_TYPES, laneOf, type Lane } from './bus/lane.ts';
export type * from './bus/presence.types.ts';
export type * from './bus/sessions.types.ts';
export { parseSignalBatch } from './bus/parse-signals.ts';
export * from './bus/streams.ts';
export * from './bus/topics.ts';
export {
  toDeviceEvent,
  toProductEvent,
  toTenantEvent,
  toTokenEvent,
} from './events/parse-domain-events.ts';
export { raisesRevision } from './events/event-traits.ts';
export { EVENT_TYPES, type EventDefinition, type EventTypeName } from './events/event-types.ts';
export { parseStored, type StoredRefusal } from './events/parse-stored.ts';
export { toPublicData } from './events/public-data.ts';
export { upcast, type UpcastRefusal } from './events/upcast.ts';
export * from './http/audit.schema.ts';
export * from './http/common.schema.ts';
export * from './http/device.schema.ts';
export * from './http/effects.schema.ts';
export * from './http/fields.schema.ts';
export * from './http/history.schema.ts';
export type * from './http/internal.types.ts';
export * from './http/job.schema.ts';
export * from './http/product.schema.ts';
export {
  toDeviceState,
  toProductDocument,
  toTenantDocument,
  toTokenState,
  type DeviceStateDocument,
} from './http/public-state.ts';
export * from './http/stats.schema.ts';
export * from './http/store.schema.ts';
export * from './http/tenant.schema.ts';
export * from './http/token.schema.ts';
export * from './http/unit.schema.ts';
export * from './http/views.schema.ts';
export * from './problems.ts';
