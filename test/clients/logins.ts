import { createHash, createHmac } from 'node:crypto';
import { alibabaLogin, enosLogin, type Login } from '../e2e/harness/mqtt-device.ts';
import type { Device } from './device.builder.ts';

/** How any MQTT client says who it is, per vendor (libs/dialects/README.md). */
export interface Dialect {
  /** With the device's own secret. */
  readonly own: (device: Device, secret: string, now?: Date) => Login;
  /** With the product's secret, to be given the device's. */
  readonly dynamic: (device: Device, productSecret: string, now?: Date) => Login;
  /** Where the secret comes. */
  readonly secretTopic: (device: Device) => string;
  readonly uplink: (device: Device) => string;
  readonly port: { readonly tcp: 'mqtt' | 'enosMqtt'; readonly tls: 'mqtts' | 'enosMqtts' };
}

const hmac = (key: string, message: string): string =>
  createHmac('sha256', key).update(message).digest('hex');

/** The hour as Huawei writes it: YYYYMMDDHH, UTC. */
const hourOf = (now: Date): string => now.toISOString().replace(/\D/g, '').slice(0, 10);

const alibaba: Dialect = {
  own: ({ productKey, deviceKey }, secret) => alibabaLogin(productKey, deviceKey, secret),
  dynamic: ({ productKey, deviceKey }, productSecret) => ({
    clientId: `${productKey}.${deviceKey}|securemode=2,authType=register,random=8Ygb,signmethod=hmacsha256|`,
    username: `${deviceKey}&${productKey}`,
    password: hmac(productSecret, `deviceName${deviceKey}productKey${productKey}random8Ygb`),
  }),
  secretTopic: () => '/ext/register',
  uplink: ({ productKey, deviceKey }) => `/${productKey}/${deviceKey}/user/update`,
  port: { tcp: 'mqtt', tls: 'mqtts' },
};

const enos: Dialect = {
  own: ({ productKey, deviceKey }, secret) => enosLogin(productKey, deviceKey, secret),
  dynamic: ({ productKey, deviceKey }, productSecret) => {
    const content = `clientId${deviceKey}deviceKey${deviceKey}productKey${productKey}timestamp1`;
    return {
      clientId: `${deviceKey}|securemode=3,signmethod=sha256,timestamp=1|`,
      username: `${deviceKey}&${productKey}`,
      password: createHash('sha256').update(`${content}${productSecret}`).digest('hex'),
    };
  },
  secretTopic: ({ productKey, deviceKey }) =>
    `/ext/session/${productKey}/${deviceKey}/thing/activate/info`,
  uplink: ({ productKey, deviceKey }) => `/sys/${productKey}/${deviceKey}/thing/measurepoint/post`,
  port: { tcp: 'enosMqtt', tls: 'enosMqtts' },
};

const huawei: Dialect = {
  own: ({ deviceId }, secret, now = new Date()) => ({
    clientId: `${deviceId}_0_1_${hourOf(now)}`,
    username: deviceId,
    password: hmac(hourOf(now), secret),
  }),
  // The group secret is the base64 of the product's: what is signed with is the product's itself.
  dynamic: ({ deviceId, productKey }, productSecret, now = new Date()) => ({
    clientId: `${deviceId}_0_${productKey}_0_${hourOf(now)}`,
    username: deviceId,
    password: hmac(hourOf(now), hmac(deviceId, productSecret)),
  }),
  secretTopic: ({ deviceId }) => `$oc/devices/${deviceId}/sys/bootstrap/down`,
  uplink: ({ deviceId }) => `$oc/devices/${deviceId}/sys/properties/report`,
  port: { tcp: 'mqtt', tls: 'mqtts' },
};

export const DIALECTS = { alibaba, enos, huawei } as const satisfies Record<string, Dialect>;
