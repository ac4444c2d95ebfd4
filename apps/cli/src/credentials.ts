import { createHash, createHmac } from 'node:crypto';
import { isJsonObject } from '@tallystick/kernel';
import type { Command, Context } from './command.types.ts';
import { deviceIdOf } from './device-ref.ts';
import { Usage, type Fields, type Words } from './flags.ts';

interface DeviceNames {
  readonly productKey: string;
  readonly deviceKey: string;
}

interface Login {
  readonly clientId: string;
  readonly username: string;
  readonly password: string;
}

/**
 * A ClientId's part holds 64 characters, the names that it is made of may be longer; it is free
 * text to both vendors.
 */
const clientIdOf = (text: string): string => text.slice(0, 64);

/**
 * Alibaba Cloud IoT, MQTT: HMAC-SHA256 over the sorted fields (../../libs/dialects/README.md names
 * the vendor's page).
 */
function alibaba({ productKey, deviceKey }: DeviceNames, secret: string): Login {
  const id = clientIdOf(`${productKey}.${deviceKey}`);
  const content = `clientId${id}deviceName${deviceKey}productKey${productKey}`;
  return {
    clientId: `${id}|securemode=3,signmethod=hmacsha256|`,
    username: `${deviceKey}&${productKey}`,
    password: createHmac('sha256', secret).update(content).digest('hex'),
  };
}

/** EnOS, MQTT: upper-case SHA-256 of the sorted fields and the secret. */
function enos({ productKey, deviceKey }: DeviceNames, secret: string): Login {
  const timestamp = '2524608000000';
  const id = clientIdOf(deviceKey);
  const content = `clientId${id}deviceKey${deviceKey}productKey${productKey}timestamp${timestamp}`;
  return {
    clientId: `${id}|securemode=2,signmethod=sha256,timestamp=${timestamp}|`,
    username: `${deviceKey}&${productKey}`,
    password: createHash('sha256').update(`${content}${secret}`).digest('hex').toUpperCase(),
  };
}

export const DIALECTS = {
  alibaba: { login: alibaba, listener: 'mqtt', port: 1883 },
  enos: { login: enos, listener: 'enosMqtt', port: 11883 },
};

/** Flags of the commands that log in as a device. */
export const LOGIN_FIELDS: Fields = { dialect: 'text', host: 'text', port: 'integer' };

/**
 * The dialect that was asked for; else (`auto`) that of the product. If the product takes several,
 * it is Alibaba's.
 */
async function chooseDialect(
  asked: unknown,
  { api }: Context,
  { productKey }: DeviceNames,
): Promise<keyof typeof DIALECTS> {
  if (asked === 'alibaba' || asked === 'enos') return asked;
  const product = await api.get(`/products/${encodeURIComponent(productKey)}`);
  const said = isJsonObject(product.body) ? product.body['dialect'] : null;
  return said === 'enos' ? 'enos' : 'alibaba';
}

async function newestSecret({ api }: Context, deviceId: string): Promise<string> {
  const { body } = await api.get(`/devices/${deviceId}/secret`);
  const secrets =
    typeof body === 'object' && body !== null && 'secrets' in body && Array.isArray(body.secrets)
      ? body.secrets
      : [];
  const newest: unknown = secrets[0];
  if (
    typeof newest === 'object' &&
    newest !== null &&
    'secret' in newest &&
    typeof newest.secret === 'string'
  )
    return newest.secret;
  throw new Error('this device has no secret of its own: its units claim theirs');
}

const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** What an MQTT client needs to log in as the device that the words name, and where. */
export async function loginOf(words: Words, context: Context) {
  const { dialect } = words.fields;
  if (dialect !== undefined && dialect !== 'auto' && !Object.hasOwn(DIALECTS, String(dialect)))
    throw new Usage('--dialect is auto, alibaba or enos');
  const deviceId = encodeURIComponent(await deviceIdOf(words.positionals[0] ?? '', context));
  const device = (await context.api.get(`/devices/${deviceId}`)).body as DeviceNames;
  const chosen = await chooseDialect(dialect, context, device);
  const { login, listener, port: usual } = DIALECTS[chosen];
  const made = login(device, await newestSecret(context, deviceId));
  const host = typeof words.fields['host'] === 'string' ? words.fields['host'] : context.host;
  const port = Number(words.fields['port'] ?? context.ports[listener] ?? usual);
  return { host, port, device, dialect: chosen, ...made };
}

/** Prints what to paste into any MQTT client. The secret itself is not printed. */
export const credentials: Command = {
  name: 'credentials',
  help: 'Prints what an MQTT client needs to log in as a device.',
  example: 'credentials thermo/unit-1 --dialect alibaba',
  positionals: ['deviceId'],
  fields: LOGIN_FIELDS,
  run: async (words, context) => {
    const { device, dialect: _, ...login } = await loginOf(words, context);
    const { host, port, clientId, username, password } = login;
    const topic = `/sys/${device.productKey}/${device.deviceKey}/thing/event/property/post`;
    if (words.json) context.output.out(JSON.stringify(login));
    else
      context.output.out(
        [
          `host      ${host}`,
          `port      ${port}`,
          `clientId  ${clientId}`,
          `username  ${username}`,
          `password  ${password}`,
          '',
          `mosquitto_pub -h ${host} -p ${port} -i ${quote(clientId)} -u ${quote(username)} -P ${password} -q 1 \\`,
          `  -t ${quote(topic)} -m '{"id":"1","params":{}}'`,
        ].join('\n'),
      );
    return 0;
  },
};
