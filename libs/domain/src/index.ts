export type { Decision as DeviceDecision } from './device/decision.types.ts';
export type * from './device/device.command.types.ts';
export { decideDevice } from './device/device.decider.ts';
export { evolveDevice, foldDevice, initialDevice } from './device/device.fold.ts';
export { nameOf } from './device/device-name.ts';
export type * from './device/device.types.ts';
export { endsLife } from './device/ends-life.ts';
export { toDeleted, toRegistered } from './device/life.decider.ts';
export { registrationEndsAt } from './device/registration-end.ts';
export * from './names/names.ts';
export * from './platform/platform.types.ts';
export { decideTenant, evolveTenant, initialTenant, type CreateTenant } from './platform/tenant.ts';
export {
  decideToken,
  evolveToken,
  initialToken,
  type TokenCommand,
  type TokenRefusal,
} from './platform/token.ts';
export { completePolicy } from './product/complete-policy.ts';
export * from './product/dialects.ts';
export type * from './product/product.command.types.ts';
export { decideProduct } from './product/product.decider.ts';
export { evolveProduct, foldProduct, initialProduct } from './product/product.fold.ts';
export type * from './product/product.types.ts';
export * from './session/index.ts';
export type * from './units/units.command.types.ts';
export type * from './units/units.types.ts';
