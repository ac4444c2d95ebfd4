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

/** Key of a device's records on every topic. */
export function deviceRecordKey(tenant: string, productKey: string, deviceKey: string): string {
  return `${tenant}/${productKey}/${deviceKey}`;
}

export function productRecordKey(tenant: string, productKey: string): string {
  return `${tenant}/${productKey}`;
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
  | { readonly kind: 'other' };

/** Takes a stream's name apart. No key holds a slash. */
export function parseStream(stream: string): StreamName {
  const [kind, a, b, c] = stream.split('/');
  if (kind === 'device' && a !== undefined && b !== undefined && c !== undefined)
    return { kind, tenant: a, productKey: b, deviceKey: c };
  if (kind === 'product' && a !== undefined) return { kind, productKey: a };
  if (kind === 'device-id' && a !== undefined) return { kind, deviceId: a };
  return { kind: 'other' };
}
