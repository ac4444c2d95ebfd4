import { createHash, createHmac } from 'node:crypto';

export interface DeviceNames {
  readonly deviceId: string;
  readonly productKey: string;
  readonly deviceKey: string;
}

export interface Login {
  readonly clientId: string;
  readonly username: string;
  readonly password: string;
}

export const TRANSPORTS = {
  tcp: { scheme: 'mqtt', isEncrypted: false, path: '' },
  tls: { scheme: 'mqtts', isEncrypted: true, path: '' },
  ws: { scheme: 'ws', isEncrypted: false, path: '/mqtt' },
  wss: { scheme: 'wss', isEncrypted: true, path: '/mqtt' },
} as const;

export type Transport = keyof typeof TRANSPORTS;

/** A port by its name in `ports.json`, and what it is where nothing tells. */
interface Door {
  readonly listener: string;
  readonly usual: number;
}

interface Dialect {
  /** How a device logs in. `now`: of this machine, where the vendor's clients say the time. */
  login(names: DeviceNames, secret: string, isEncrypted: boolean, now: Date): Login;
  readonly doors: Readonly<Record<Transport, Door>>;
  /** Where a device of this vendor says how it is. */
  usualTopic(names: DeviceNames): string;
  /** What a device hears of its own topics: a vendor's other roots are refused to it. */
  filters(names: DeviceNames): readonly string[];
}

const WS: Door = { listener: 'mqttWs', usual: 8083 };
const COMMON: Dialect['doors'] = {
  tcp: { listener: 'mqtt', usual: 1883 },
  tls: { listener: 'mqtts', usual: 8883 },
  ...{ ws: WS, wss: WS },
};

/**
 * A ClientId's part holds 64 characters, the names that it is made of may be longer; it is free
 * text to both vendors.
 */
const clientIdOf = (text: string): string => text.slice(0, 64);

const nameOf = ({ productKey, deviceKey }: DeviceNames): string => `${productKey}/${deviceKey}`;
const propertyPost = (names: DeviceNames): string =>
  `/sys/${nameOf(names)}/thing/event/property/post`;

/**
 * Alibaba Cloud IoT, MQTT: HMAC-SHA256 over the sorted fields (../../libs/dialects/README.md names
 * the vendor's page).
 */
const alibaba: Dialect = {
  login: ({ productKey, deviceKey }, secret, isEncrypted) => {
    const id = clientIdOf(`${productKey}.${deviceKey}`);
    const content = `clientId${id}deviceName${deviceKey}productKey${productKey}`;
    return {
      clientId: `${id}|securemode=${isEncrypted ? 2 : 3},signmethod=hmacsha256|`,
      username: `${deviceKey}&${productKey}`,
      password: createHmac('sha256', secret).update(content).digest('hex'),
    };
  },
  doors: COMMON,
  usualTopic: propertyPost,
  filters: (names) => [`/sys/${nameOf(names)}/#`, `/${nameOf(names)}/#`],
};

/** EnOS, MQTT: upper-case SHA-256 of the sorted fields and the secret. */
const enos: Dialect = {
  login: ({ productKey, deviceKey }, secret) => {
    const timestamp = '2524608000000';
    const id = clientIdOf(deviceKey);
    const content = `clientId${id}deviceKey${deviceKey}productKey${productKey}timestamp${timestamp}`;
    return {
      clientId: `${id}|securemode=2,signmethod=sha256,timestamp=${timestamp}|`,
      username: `${deviceKey}&${productKey}`,
      password: createHash('sha256').update(`${content}${secret}`).digest('hex').toUpperCase(),
    };
  },
  doors: {
    tcp: { listener: 'enosMqtt', usual: 11883 },
    tls: { listener: 'enosMqtts', usual: 18883 },
    ...{ ws: WS, wss: WS },
  },
  usualTopic: propertyPost,
  filters: (names) => [`/sys/${nameOf(names)}/#`, `/ext/session/${nameOf(names)}/#`],
};

/** `YYYYMMDDHH`, UTC. */
const hourOf = (now: Date): string => now.toISOString().replace(/\D/g, '').slice(0, 10);

/** Huawei IoTDA, MQTT: the hour is the key; with check 0 nobody compares it with a clock. */
const huawei: Dialect = {
  login: ({ deviceId }, secret, _, now) => {
    const hour = hourOf(now);
    return {
      clientId: `${deviceId}_0_0_${hour}`,
      username: deviceId,
      password: createHmac('sha256', hour).update(secret).digest('hex'),
    };
  },
  doors: COMMON,
  usualTopic: ({ deviceId }) => `$oc/devices/${deviceId}/sys/messages/up`,
  filters: ({ deviceId }) => [`$oc/devices/${deviceId}/#`],
};

export const DIALECTS = { alibaba, enos, huawei } as const;

export type DialectName = keyof typeof DIALECTS;

export const isDialect = (word: unknown): word is DialectName =>
  typeof word === 'string' && Object.hasOwn(DIALECTS, word);

export const isTransport = (word: unknown): word is Transport =>
  typeof word === 'string' && Object.hasOwn(TRANSPORTS, word);
