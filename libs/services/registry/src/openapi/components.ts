import {
  auditEntryDocument,
  createdDeviceDocument,
  createDeviceBody,
  createdProductDocument,
  createdTokenDocument,
  createProductBody,
  createTenantBody,
  createTokenBody,
  decisionStatsDocument,
  deviceDocument,
  disableDeviceBody,
  effectsDocument,
  emptyBody,
  explainEntryDocument,
  gatewayDocument,
  gatewayEffectDocument,
  gatewaysDocument,
  jobDocument,
  jobRowDocument,
  multiClientIdDocument,
  pageOf,
  patchDeviceBody,
  patchProductBody,
  problemDocument,
  productDocument,
  resetDeviceSecretBody,
  resetProductSecretBody,
  secretsDocument,
  statsDocument,
  startedCheckDocument,
  storeDocument,
  sessionDocument,
  startedJobDocument,
  switchUnitBody,
  tenantDocument,
  timelineEntryDocument,
  tokenDocument,
  unitDocument,
  unitsDocument,
  viewCheckDocument,
  viewsDocument,
} from '@tallystick/contracts';
import { z } from 'zod';

const listOf = (item: z.ZodType) => z.strictObject({ data: z.array(item) });
const readiness = z.strictObject({ ready: z.boolean(), checks: z.record(z.string(), z.string()) });
const health = z.strictObject({ status: z.literal('ok') });

/** Every named schema of openapi.json. */
export const COMPONENTS = {
  Problem: problemDocument,
  Health: health,
  Readiness: readiness,
  Product: productDocument,
  CreatedProduct: createdProductDocument,
  CreateProduct: createProductBody,
  PatchProduct: patchProductBody,
  ResetProductSecret: resetProductSecretBody,
  ProductPage: pageOf('ProductPage', productDocument),
  MultiClientId: multiClientIdDocument,
  MultiClientIdPage: pageOf('MultiClientIdPage', multiClientIdDocument),
  Device: deviceDocument,
  CreatedDevice: createdDeviceDocument,
  CreateDevice: createDeviceBody,
  PatchDevice: patchDeviceBody,
  DisableDevice: disableDeviceBody,
  ResetDeviceSecret: resetDeviceSecretBody,
  DevicePage: pageOf('DevicePage', deviceDocument),
  Secrets: secretsDocument,
  TimelineEntry: timelineEntryDocument,
  Timeline: listOf(timelineEntryDocument),
  ExplainEntry: explainEntryDocument,
  Explanation: listOf(explainEntryDocument),
  Session: sessionDocument,
  Sessions: listOf(sessionDocument),
  StartedJob: startedJobDocument,
  Job: jobDocument,
  JobRow: jobRowDocument,
  JobRowPage: pageOf('JobRowPage', jobRowDocument),
  Unit: unitDocument,
  Units: unitsDocument,
  SwitchUnit: switchUnitBody,
  Empty: emptyBody,
  GatewayEffect: gatewayEffectDocument,
  Effects: effectsDocument,
  Gateway: gatewayDocument,
  Gateways: gatewaysDocument,
  Store: storeDocument,
  Views: viewsDocument,
  ViewCheck: viewCheckDocument,
  StartedViewCheck: startedCheckDocument,
  Stats: statsDocument,
  DecisionStats: decisionStatsDocument,
  AuditEntry: auditEntryDocument,
  AuditPage: pageOf('AuditPage', auditEntryDocument),
  Tenant: tenantDocument,
  CreateTenant: createTenantBody,
  TenantPage: pageOf('TenantPage', tenantDocument),
  Token: tokenDocument,
  CreatedToken: createdTokenDocument,
  CreateToken: createTokenBody,
  TokenPage: pageOf('TokenPage', tokenDocument),
} as const satisfies Record<string, z.ZodType>;

export type ComponentName = keyof typeof COMPONENTS;

/** JSON Schema 2020-12 of each, referring to one another by name. */
export function componentSchemas(): Record<string, unknown> {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(COMPONENTS)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, {
    target: 'draft-2020-12',
    io: 'input',
    uri: (id) => `#/components/schemas/${id}`,
  });
  for (const schema of Object.values(schemas)) {
    delete schema['$id'];
    delete schema['$schema'];
  }
  return schemas;
}
