import type { DialectMessage } from '../messages/dialect-message.ts';

export const bootstrapRoot = (deviceId: string): string => `$oc/devices/${deviceId}/sys/bootstrap/`;

export const bootstrapUpTopic = (deviceId: string): string => `${bootstrapRoot(deviceId)}up`;
export const bootstrapDownTopic = (deviceId: string): string => `${bootstrapRoot(deviceId)}down`;

/**
 * Where the device is to connect from now on, and with which secret where that is new to it; the
 * answer to `bootstrap/up`, whatever that said. `address` is `host:port`.
 */
export function toBootstrapDown(
  deviceId: string,
  grant: { readonly address: string; readonly deviceSecret: string | null },
): DialectMessage {
  const { address, deviceSecret } = grant;
  const body = deviceSecret === null ? { address } : { address, deviceSecret };
  return {
    topic: bootstrapDownTopic(deviceId),
    payload: new TextEncoder().encode(JSON.stringify(body)),
    qos: 1,
  };
}
