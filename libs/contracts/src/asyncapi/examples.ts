import type { JsonObject } from '@tallystick/kernel';
import type { EventTypeName } from '../events/event-types.ts';
import { SOME } from './some.ts';

const { device, product, gatewayId, clientId, otherClientId, registeredAt, now } = SOME;

const unit = { ...device, clientId };
const session = {
  ...{ ...device, clientId: device.deviceKey, epoch: 7, sessionId: SOME.sessionId, gatewayId },
  ...{ transport: 'tls', dialect: 'alibaba' },
};
const policy = {
  ...{ dialect: 'auto', dynamicActivation: true, registrationFree: false, maxUnits: 5 },
  ...{ silenceSeconds: 90, silenceCounts: 'packet', certificateRequired: false },
  ...{ resetKeepsSecret: true, registerRotatesSecret: false },
};
const decision = {
  ...{ rule: 'alibaba.static.hmacsha256', productKey: device.productKey },
  deviceKey: device.deviceKey,
  clientIdHash: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
  ...{ gatewayId, viewPosition: 1_207, secretVersion: 1, count: 3, from: registeredAt, to: now },
};
const seen = { firstSeenAt: registeredAt, lastSeenAt: now, gatewayId };

/** The data of one event of each type; a spec reads each with its schema. */
export const EVENT_EXAMPLES: Readonly<Record<EventTypeName, JsonObject>> = {
  TenantCreated: { tenant: SOME.tenant, name: 'Plant north', deviceKeyScope: 'product' },
  TokenIssued: {
    ...{ tokenId: SOME.tokenId, tenant: SOME.tenant, name: 'production line' },
    ...{ scopes: ['read', 'write'], expiresAt: null },
  },
  TokenRevoked: { tokenId: SOME.tokenId, name: 'production line' },
  ImportFinished: { jobId: SOME.callId, rows: 10_000, accepted: 9_998, refused: 2 },
  ImportUndone: { jobId: SOME.callId, undone: 9_990, kept: 8 },
  StoreRestored: { storeId: SOME.sessionId, incarnation: 2, lastPosition: 41 },
  ProductCreated: {
    ...{ ...product, tenant: SOME.tenant, name: 'Boiler', ...policy, secretVersion: 1 },
  },
  ProductSecretReset: { ...product, secretVersion: 2, previousExpiresAt: null },
  DynamicActivationEnabled: product,
  DynamicActivationDisabled: product,
  ProductPolicyChanged: { ...product, silenceSeconds: 90 },
  ProductDeleted: product,
  DeviceRegistered: {
    ...{ ...device, origin: 'api', secretOrigin: 'allocated', registrationTimeoutSeconds: null },
    ...{ name: 'Boiler in hall 7', tags: { room: 'hall-7' }, secretVersion: 1 },
  },
  DeviceActivated: {
    ...{ ...device, method: 'static', dialect: 'alibaba', clientId: device.deviceKey, gatewayId },
  },
  DeviceDisabled: { ...device, reason: 'stolen' },
  DeviceEnabled: device,
  DeviceReset: device,
  DeviceSecretReset: {
    ...{ ...device, secretVersion: 2, secretOrigin: 'allocated', previousExpiresAt: now },
  },
  DeviceDetailsChanged: { ...device, name: 'Boiler in hall 8', tags: { room: 'hall-8' } },
  DeviceDeleted: device,
  RegistrationExpired: { ...device, registeredAt, registrationTimeoutSeconds: 86_400 },
  SecretRead: { ...device, secretVersions: [1], method: 'dynamic' },
  ClientIdConflict: {
    ...{ ...device, kind: 'claims', cause: 'second-unit', limit: 5, refused: 0 },
    clientIds: [
      { clientId, ...seen },
      { clientId: otherClientId, ...seen },
    ],
  },
  ClientIdClaimed: { ...unit, gatewayId, dialect: 'alibaba' },
  ClientIdActivated: { ...unit, gatewayId },
  ClientIdReleased: { ...unit, reason: 'expired' },
  ClientIdRetained: { ...unit, forbidden: [otherClientId] },
  ClientIdsCleared: { ...device, forbidden: [clientId, otherClientId] },
  ClientIdRestored: { ...device, clientIds: [otherClientId] },
  ClientIdPurged: unit,
  DeviceNameReopened: device,
  DeviceOnline: session,
  DeviceOffline: { ...session, reason: 'keep-alive' },
  SessionOpened: { ...session, remoteAddress: '192.0.2.17:49152', openedAt: registeredAt },
  SessionClosed: { ...session, reason: 'keep-alive', closedAt: now },
  SessionTakenOver: { ...session, previousSessionId: SOME.callId },
  ConnectAllowed: { decision: 'allow', reason: 'ok', ...decision },
  ConnectDenied: { decision: 'deny', reason: 'bad-secret', ...decision },
  SessionEnded: { decision: 'end', reason: 'packet-too-large', ...decision },
};

export const STATE_EXAMPLES: Readonly<Record<'Device' | 'Product', JsonObject>> = {
  Device: {
    ...{ ...device, name: 'Boiler in hall 7', lifecycle: 'active', registeredAt },
    ...{ activatedAt: now, registrationTimeoutSeconds: null, dynamicOpen: false },
    ...{ tags: { room: 'hall-7' }, revision: 3 },
  },
  Product: { ...product, name: 'Boiler', ...policy, revision: 3, createdAt: registeredAt },
};
