import { plainDetail, toProblem } from '@tallystick/contracts';
import type { ComponentName } from '../components.ts';
import { SOME } from './some.ts';

const { productKey, deviceKey, deviceId, clientId, otherClientId, gatewayId, position } = SOME;
const { registeredAt, activatedAt, now } = SOME;

const product = {
  ...{ productKey, name: 'Boiler', dialect: 'auto', dynamicActivation: true },
  ...{ registrationFree: false, maxUnits: 5, certificateRequired: false },
  ...{ silenceSeconds: 90, silenceCounts: 'packet' },
  ...{ resetKeepsSecret: true, registerRotatesSecret: false },
  ...{ revision: 3, createdAt: registeredAt },
};

const device = {
  ...{ deviceId, productKey, deviceKey, generation: 1, name: 'Boiler in hall 7' },
  ...{ lifecycle: 'active', registeredAt, activatedAt, registrationTimeoutSeconds: null },
  ...{ dynamicOpen: false, tags: { room: 'hall-7' }, revision: 3 },
  ...{ presence: 'online', status: 'online', clientId: deviceKey, epoch: 7, lastSeenAt: now },
};

const multiClientId = {
  deviceId,
  deviceKey,
  clientIds: 2,
  forbidden: 1,
  currentClientId: clientId,
  evidence: false,
};

const unit = {
  ...{ clientId, state: 'active', claimedAt: registeredAt, firstConnectedAt: activatedAt },
  ...{ lastConnectedAt: now, connected: true },
};

const timelineEntry = {
  ...{ position, type: 'DeviceDisabled', time: now, actor: 'token:admin' },
  causationId: '0199f7c1-8a52-7c3e-9b1d-2f4a6c8e0b06',
  data: { deviceId, productKey, deviceKey, generation: 1, reason: 'stolen' },
};

const explainEntry = {
  ...{ time: now, decision: 'deny', reason: 'bad-secret', rule: 'alibaba.static.hmacsha256' },
  ...{ gatewayId, viewPosition: position, secretVersion: 1, clientId, count: 3 },
};

const session = {
  ...{ sessionId: SOME.sessionId, epoch: 7, clientId: deviceKey, gatewayId, transport: 'tls' },
  ...{ dialect: 'alibaba', remoteAddress: '192.0.2.17:49152', openedAt: activatedAt },
  ...{ closedAt: now, closeReason: 'disabled' },
};

const gatewayEffect = {
  ...{ gatewayId, applied: true, at: now, lagMs: 17, sessionsCut: 1, fencesAt: null },
};

const gateway = {
  ...{ gatewayId, incarnation: '0199f7c1-8a52-7c3e-9b1d-2f4a6c8e0b20', leaseUntil: now },
  ...{
    fastPosition: position,
    bulkPosition: position,
    stalenessMs: 212,
    sessions: 18_204,
    clockErrorMs: -4,
  },
};

const tenant = {
  tenant: 'plant-north',
  name: 'Plant north',
  deviceKeyScope: 'tenant',
  createdAt: registeredAt,
};

const auditEntry = {
  ...{ time: now, actor: 'token:production line', action: 'disableDevice', subject: deviceId },
  ...{ tenant: 'plant-north', remoteAddress: '192.0.2.40', requestId: SOME.requestId },
  detail: `DeviceDisabled at position ${position}`,
};

const token = {
  ...{ id: SOME.tokenId, name: 'production line', scopes: ['read', 'write'] },
  ...{ tenant: 'plant-north', createdAt: registeredAt, expiresAt: null, lastUsedAt: now },
};

const { jobId } = SOME;

const job = {
  ...{ jobId, state: 'done', rows: 10_000, accepted: 9_998, refused: 2, causationId: jobId },
};

const refusedRow = {
  ...{ row: 17, state: 'refused', deviceId: null, deviceKey, code: 'device-key-taken' },
  detail: 'deviceKey: row 4 of this file has the key',
};

/** One for each named schema; a spec reads each with its schema. */
export const EXAMPLES: Readonly<Record<ComponentName, unknown>> = {
  Problem: toProblem('device-unknown', plainDetail('device-unknown')),
  Health: { status: 'ok' },
  Readiness: { ready: true, checks: { store: 'ok', bus: 'ok' } },
  Product: product,
  CreatedProduct: { ...product, revision: 1, productSecret: 'J2vVnKkq8W0cX4mS' },
  CreateProduct: { productKey, name: 'Boiler', dynamicActivation: true, silenceSeconds: 90 },
  PatchProduct: { dynamicActivation: false },
  ResetProductSecret: { overlapSeconds: 86_400 },
  ProductPage: { data: [product], nextCursor: null },
  MultiClientId: multiClientId,
  MultiClientIdPage: { data: [multiClientId], nextCursor: null },
  Device: device,
  CreatedDevice: { ...device, revision: 1, deviceSecret: '9hGx2mQ0sT7vLw3z' },
  CreateDevice: { productKey, deviceKey, name: 'Boiler in hall 7', tags: { room: 'hall-7' } },
  PatchDevice: { name: 'Boiler in hall 8', tags: { room: 'hall-8' } },
  DisableDevice: { reason: 'stolen' },
  ResetDeviceSecret: { overlapSeconds: 3_600 },
  DevicePage: { data: [device], nextCursor: deviceId },
  Secrets: { secrets: [{ secretVersion: 2, secret: '9hGx2mQ0sT7vLw3z', expiresAt: null }] },
  TimelineEntry: timelineEntry,
  Timeline: { data: [timelineEntry] },
  ExplainEntry: explainEntry,
  Explanation: { data: [explainEntry] },
  Session: session,
  Sessions: { data: [session] },
  StartedJob: { jobId },
  Job: job,
  JobRow: refusedRow,
  JobRowPage: { data: [refusedRow], nextCursor: null },
  Unit: unit,
  Units: { capacity: 5, used: 1, open: true, data: [unit] },
  SwitchUnit: { clientId: otherClientId },
  Empty: {},
  GatewayEffect: gatewayEffect,
  Effects: { position, total: 1, applied: 1, unknown: false, gateways: [gatewayEffect] },
  Gateway: gateway,
  Gateways: { data: [gateway] },
  Store: {
    ...{ storeId: '5e0c8a52-7c3e-4b1d-8f4a-6c8e0b060199', incarnation: 1, head: position },
    ...{ schemaVersion: 2, state: 'ok', detail: null },
    relayed: { fast: position, bulk: position },
  },
  Views: {
    data: [{ view: 'devices', version: 3, position, head: position, rows: 104_211 }],
  },
  ViewCheck: {
    ...{ checkId: SOME.checkId, kind: 'verify', state: 'done', position, head: position },
    views: [{ view: 'devices', equal: true, rows: 104_211, difference: null }],
    detail: null,
  },
  StartedViewCheck: { checkId: SOME.checkId },
  Stats: {
    devices: { inactive: 1_204, online: 8_711, offline: 412, disabled: 3 },
    ...{ products: 6, conflicts: 2 },
  },
  DecisionStats: {
    data: [{ at: '2026-11-28T09:15:00.000Z', allowed: 611, denied: { 'bad-secret': 4 } }],
  },
  AuditEntry: auditEntry,
  AuditPage: { data: [auditEntry], nextCursor: null },
  Tenant: tenant,
  CreateTenant: { tenant: 'plant-north', name: 'Plant north', deviceKeyScope: 'tenant' },
  TenantPage: { data: [tenant], nextCursor: null },
  Token: token,
  CreatedToken: {
    ...{ ...token, lastUsedAt: null },
    token: `${SOME.tokenId}.Qw7eRt2yUi9oPa4sDf6gHj8kLz1xCv3bNm5qWe7rTy9`,
  },
  CreateToken: { name: 'production line', scopes: ['read', 'write'] },
  TokenPage: { data: [token], nextCursor: null },
};

const event = {
  ...{ specversion: '1.0', id: '0199f7c1-8a52-7c3e-9b1d-2f4a6c8e0b06' },
  ...{ source: '/tallystick/registry', type: 'tallystick.DeviceDisabled.v1', subject: deviceId },
  ...{ time: now, globalposition: String(position), datacontenttype: 'application/json' },
  data: timelineEntry.data,
};

/** Bodies of the routes that stream. */
export const STREAMED_EXAMPLES = {
  'text/csv': `deviceKey,name,tags.room\n${deviceKey},Boiler in hall 7,hall-7\nboiler-0043,,\n`,
  'application/x-ndjson': `${JSON.stringify({ deviceKey, tags: { room: 'hall-7' } })}\n${JSON.stringify({ deviceKey: 'boiler-0043' })}\n`,
} as const;

/** Examples of the answers that have no named schema. */
export const PLAIN_EXAMPLES = {
  text: '# TYPE tallystick_sessions gauge\ntallystick_sessions 18204\n',
  events: `: ready\n\nid: 1207/1795893939000/0-41\ndata: ${JSON.stringify(event)}\n\n`,
  openapi: { openapi: '3.1.1', info: { title: 'Tallystick', version: '0.1.0' }, paths: {} },
  asyncapi: { asyncapi: '3.0.0', info: { title: 'Tallystick', version: '1.0.0' } },
  csv: `deviceKey,deviceId,deviceSecret\n${deviceKey},${deviceId},9hGx2mQ0sT7vLw3z\n`,
  css: '.swagger-ui { color: #3b4151 }',
  script: 'SwaggerUIBundle({ url: "openapi.json" })',
  html: '<!doctype html><title>Tallystick: the operators API</title>',
} as const;
