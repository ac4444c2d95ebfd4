/** Streams of the event store are named by the natural key (libs/README.md, rule 2). */
export function deviceStream(tenant: string, productKey: string, deviceKey: string): string {
  return `device/${tenant}/${productKey}/${deviceKey}`;
}

export function productStream(productKey: string): string {
  return `product/${productKey}`;
}

export function deviceIdStream(deviceId: string): string {
  return `device-id/${deviceId}`;
}

/** Holds a device key in a tenant whose keys are unique in the whole of it. */
export function deviceKeyStream(tenant: string, deviceKey: string): string {
  return `device-key/${tenant}/${deviceKey}`;
}

export function tenantStream(tenant: string): string {
  return `tenant/${tenant}`;
}

export function tokenStream(tokenId: string): string {
  return `token/${tokenId}`;
}

/** An import. */
export function jobStream(tenant: string, jobId: string): string {
  return `job/${tenant}/${jobId}`;
}

/** Key of a device's records on every topic. */
export function deviceRecordKey(tenant: string, productKey: string, deviceKey: string): string {
  return `${tenant}/${productKey}/${deviceKey}`;
}

export function productRecordKey(tenant: string, productKey: string): string {
  return `${tenant}/${productKey}`;
}

/** Key of a tenant's own events. */
export function tenantRecordKey(tenant: string): string {
  return `${tenant}//tenant`;
}

export function tokenRecordKey(tenant: string, tokenId: string): string {
  return `${tenant}//token/${tokenId}`;
}

export function jobRecordKey(tenant: string, jobId: string): string {
  return `${tenant}//job/${jobId}`;
}

export type StreamName =
  | {
      readonly kind: 'device';
      readonly tenant: string;
      readonly productKey: string;
      readonly deviceKey: string;
    }
  | { readonly kind: 'product'; readonly productKey: string }
  | { readonly kind: 'device-id'; readonly deviceId: string }
  | { readonly kind: 'device-key'; readonly tenant: string; readonly deviceKey: string }
  | { readonly kind: 'tenant'; readonly tenant: string }
  | { readonly kind: 'token'; readonly tokenId: string }
  | { readonly kind: 'job'; readonly tenant: string; readonly jobId: string }
  | { readonly kind: 'other' };

type Parts = readonly (string | undefined)[];

/** A table by the first part of the name; null: parts are missing. */
const KINDS: ReadonlyMap<string, (parts: Parts) => StreamName | null> = new Map([
  ['device', ofDevice],
  [
    'product',
    ([productKey]) => (productKey === undefined ? null : { kind: 'product', productKey }),
  ],
  ['device-id', ([deviceId]) => (deviceId === undefined ? null : { kind: 'device-id', deviceId })],
  ['device-key', ofDeviceKey],
  ['tenant', ([tenant]) => (tenant === undefined ? null : { kind: 'tenant', tenant })],
  ['token', ([tokenId]) => (tokenId === undefined ? null : { kind: 'token', tokenId })],
  ['job', ofJob],
]);

function ofDevice([tenant, productKey, deviceKey]: Parts): StreamName | null {
  if (tenant === undefined || productKey === undefined || deviceKey === undefined) return null;
  return { kind: 'device', tenant, productKey, deviceKey };
}

function ofDeviceKey([tenant, deviceKey]: Parts): StreamName | null {
  if (tenant === undefined || deviceKey === undefined) return null;
  return { kind: 'device-key', tenant, deviceKey };
}

function ofJob([tenant, jobId]: Parts): StreamName | null {
  return tenant === undefined || jobId === undefined ? null : { kind: 'job', tenant, jobId };
}

/** Takes a stream's name apart. No key holds a slash. */
export function parseStream(stream: string): StreamName {
  const [kind = '', ...parts] = stream.split('/');
  return KINDS.get(kind)?.(parts) ?? { kind: 'other' };
}
