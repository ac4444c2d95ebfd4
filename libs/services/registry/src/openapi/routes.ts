import type { ProblemCode } from '@tallystick/contracts';
import {
  accept,
  act,
  create,
  forInstallation,
  patch,
  read,
  remove,
  under,
  type Route,
} from './route.types.ts';

const LIST = ['limit', 'cursor'] as const;
const AUDIT = ['subject', 'actor', 'fromTime', 'toTime'] as const;
const V1 = '/api/v1';
const PRODUCTS = `${V1}/products`;
const PRODUCT = `${PRODUCTS}/{productKey}`;
const DEVICES = `${V1}/devices`;
const DEVICE = `${DEVICES}/{deviceId}`;
const JOB = `${V1}/jobs/{jobId}`;
const UNITS = `${DEVICE}/units`;

const P: readonly ProblemCode[] = ['product-unknown'];
const J: readonly ProblemCode[] = ['job-unknown'];
const D: readonly ProblemCode[] = ['device-unknown'];
const DEVICE_TAKEN: readonly ProblemCode[] = ['device-key-taken', 'device-id-taken'];

const product: readonly Route[] = [
  create('createProduct', PRODUCTS, 'CreateProduct', 'CreatedProduct', ['product-key-taken']),
  read('listProducts', PRODUCTS, 'ProductPage', [], [...LIST, 'searchProducts']),
  read('getProduct', PRODUCT, 'Product', P),
  patch('patchProduct', PRODUCT, 'PatchProduct', 'Product', P),
  remove('deleteProduct', PRODUCT, [...P, 'product-not-empty']),
  act('resetProductSecret', `${PRODUCT}/secret/reset`, 'ResetProductSecret', 'CreatedProduct', P),
  under(read('readProductSecret', `${PRODUCT}/secret`, 'Secrets', P), 'secrets:read'),
  read('listMultiClientIds', `${PRODUCT}/multi-client-ids`, 'MultiClientIdPage', P, LIST),
];

const device: readonly Route[] = [
  create('createDevice', DEVICES, 'CreateDevice', 'CreatedDevice', [
    ...P,
    ...DEVICE_TAKEN,
    'quota-exceeded',
  ]),
  read(
    'listDevices',
    DEVICES,
    'DevicePage',
    [],
    ['limitOfDevices', 'cursor', 'productKey', 'deviceKey', 'searchDevices', 'status', 'tag.*'],
  ),
  read('getDevice', DEVICE, 'Device', D),
  patch('patchDevice', DEVICE, 'PatchDevice', 'Device', D),
  remove('deleteDevice', DEVICE, D),
  under(read('readDeviceSecret', `${DEVICE}/secret`, 'Secrets', D), 'secrets:read'),
  act('disableDevice', `${DEVICE}/disable`, 'DisableDevice', 'Device', D),
  act('enableDevice', `${DEVICE}/enable`, 'Empty', 'Device', D),
  act('resetDevice', `${DEVICE}/reset`, 'Empty', 'Device', D),
  act('resetDeviceSecret', `${DEVICE}/secret/reset`, 'ResetDeviceSecret', 'CreatedDevice', D),
  read('getTimeline', `${DEVICE}/timeline`, 'Timeline', D, ['clientId']),
  read('explainDevice', `${DEVICE}/explain`, 'Explanation', D, ['clientId']),
  read('listSessions', `${DEVICE}/sessions`, 'Sessions', D, ['clientId']),
  remove('endSession', `${V1}/sessions/{sessionId}`, ['session-unknown', 'bus-unavailable']),
];

const job: readonly Route[] = [
  {
    ...{ method: 'post', path: `${DEVICES}/import`, operationId: 'importDevices', streams: true },
    ...{ status: 202, answer: 'StartedJob', query: ['dryRun', 'productKey'] },
  },
  read('getJob', JOB, 'Job', J),
  read('listJobRows', `${JOB}/rows`, 'JobRowPage', J, [...LIST, 'state']),
  under(read('readJobSecrets', `${JOB}/secrets`, 'csv', J), 'secrets:read'),
  act('undoJob', `${JOB}/undo`, 'Empty', 'Job', J),
];

const unit: readonly Route[] = [
  read('listUnits', UNITS, 'Units', D),
  act('switchUnit', `${UNITS}/switch`, 'SwitchUnit', 'Units', [...D, 'unit-unknown', 'unit-state']),
  act('clearUnits', `${UNITS}/clear`, 'Empty', 'Units', D),
  act('undoUnits', `${UNITS}/undo`, 'Empty', 'Units', [...D, 'unit-state']),
  act('reopenName', `${UNITS}/reopen`, 'Empty', 'Units', D),
  remove('purgeUnit', `${UNITS}/{clientId}`, [...D, 'unit-unknown']),
];

const platform: readonly Route[] = [
  read('getHealth', '/healthz', 'Health'),
  { ...read('getReadiness', '/readyz', 'Readiness'), or503: true },
  read('getMetrics', '/metrics', 'text'),
  read('getOpenApi', '/openapi.json', 'openapi'),
  read('getAsyncApi', '/asyncapi.json', 'asyncapi'),
  read('getDocs', '/docs', 'html'),
  read('getDocsFile', '/docs/{file}', 'file', ['route-unknown']),
  read('getEffects', `${V1}/effects/{position}`, 'Effects', ['position-unknown'], ['wait']),
  read('listGateways', `${V1}/gateways`, 'Gateways'),
  forInstallation(
    remove('retireGateway', `${V1}/gateways/{gatewayId}`, [
      'gateway-unknown',
      'gateway-alive',
      'bus-unavailable',
    ]),
  ),
  forInstallation(read('getStore', `${V1}/store`, 'Store')),
  forInstallation(
    act('adoptStore', `${V1}/store/adopt`, 'Empty', 'Store', ['store-ok', 'bus-unavailable']),
  ),
  forInstallation(read('listViews', `${V1}/views`, 'Views')),
  forInstallation(accept('verifyViews', `${V1}/views/verify`, 'StartedViewCheck', [])),
  forInstallation(read('getViewCheck', `${V1}/view-checks/{checkId}`, 'ViewCheck', J)),
  forInstallation(
    accept('rebuildView', `${V1}/views/{view}/rebuild`, 'StartedViewCheck', ['route-unknown']),
  ),
  {
    ...read(
      'streamEvents',
      `${V1}/events/stream`,
      'events',
      ['position-unknown', 'bus-unavailable'],
      ['topic', 'from'],
    ),
    headers: ['Last-Event-ID'],
  },
];

const figures: readonly Route[] = [
  read('getStats', `${V1}/stats`, 'Stats'),
  read(
    'getDecisionStats',
    `${V1}/stats/decisions`,
    'DecisionStats',
    [],
    ['since', 'until', 'step'],
  ),
];

const operator: readonly Route[] = [
  forInstallation(
    create('createTenant', `${V1}/tenants`, 'CreateTenant', 'Tenant', [
      'tenant-taken',
      'bus-unavailable',
    ]),
  ),
  forInstallation(read('listTenants', `${V1}/tenants`, 'TenantPage', [], LIST)),
  under(
    read('listAudit', `${V1}/audit`, 'AuditPage', [], [...LIST, ...AUDIT]),
    'secrets:read',
    'admin',
  ),
  under(create('createToken', `${V1}/tokens`, 'CreateToken', 'CreatedToken', []), 'admin'),
  under(read('listTokens', `${V1}/tokens`, 'TokenPage', [], LIST), 'admin'),
  under(remove('deleteToken', `${V1}/tokens/{tokenId}`, ['token-unknown']), 'admin'),
];

/** Every route of the operators' API; a spec holds the controllers to it. */
export const ROUTES: readonly Route[] = [
  ...product,
  ...device,
  ...job,
  ...unit,
  ...figures,
  ...operator,
  ...platform,
];
