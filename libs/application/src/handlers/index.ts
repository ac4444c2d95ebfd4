export type { DeliveredSecret, DeliverInput } from './delivery.handler.ts';
export type { DeviceRef } from './device-use-case.ts';
export type {
  ActivateInput,
  DeviceDetails,
  DeviceHandlers,
  EvidenceInput,
  ResetSecretInput,
} from './devices.handler.ts';
export type {
  Answer,
  CallContext,
  HandlerDeps,
  IdempotentCall,
  Limits,
  Outcome,
  Refusal,
} from './handlers.types.ts';
export { createIdentityHandlers, type IdentityHandlers } from './identity-handlers.ts';
export { findNewest } from './newest-events.ts';
export type { CreateProductInput, HasDevices, ProductHandlers } from './products.handler.ts';
export type { DeviceQuota, Ending, Grant, QuotaExceeded } from './quota.types.ts';
export type { RegisterDeviceInput, SecretReply } from './registration.handler.ts';
export type { ShownSecret } from './secrets-in-use.ts';
export type { Loaded } from './stream-states.ts';
export { createdTenant, type TenantHandlers } from './tenants.handler.ts';
export {
  hashOfToken,
  tokenIdOf,
  type IssueTokenInput,
  type TokenHandlers,
  type TokenReply,
} from './tokens.handler.ts';
export type { ClaimInput, ClaimReply, ReleaseInput, UnitHandlers } from './units.handler.ts';
