import { isJsonObject } from '@tallystick/kernel';
import type { Command, Context } from './command.types.ts';
import { deviceIdOf } from './device-ref.ts';
import { Usage, type Fields, type Words } from './flags.ts';
import {
  DIALECTS,
  isDialect,
  isTransport,
  TRANSPORTS,
  type DeviceNames,
  type DialectName,
  type Login,
  type Transport,
} from './logins.ts';

/** Flags of the commands that log in as a device. */
export const LOGIN_FIELDS: Fields = {
  ...{ dialect: 'text', transport: 'text', host: 'text', port: 'integer', caFile: 'text' },
};

export interface DeviceLogin extends Login {
  readonly host: string;
  readonly port: number;
  readonly device: DeviceNames;
  readonly dialect: DialectName;
  readonly transport: Transport;
  /** Whom to trust over TLS; null: the system's certificates. */
  readonly caFile: string | null;
}

/**
 * The dialect that was asked for; else (`auto`) that of the product. If the product takes several,
 * it is Alibaba's.
 */
async function chooseDialect(
  asked: unknown,
  { api }: Context,
  { productKey }: DeviceNames,
): Promise<DialectName> {
  if (isDialect(asked)) return asked;
  const product = await api.get(`/products/${encodeURIComponent(productKey)}`);
  const said = isJsonObject(product.body) ? product.body['dialect'] : null;
  return isDialect(said) ? said : 'alibaba';
}

async function newestSecret({ api }: Context, deviceId: string): Promise<string> {
  const { body } = await api.get(`/devices/${deviceId}/secret`);
  const secrets = isJsonObject(body) && Array.isArray(body['secrets']) ? body['secrets'] : [];
  const newest: unknown = secrets[0];
  const secret = isJsonObject(newest) ? newest['secret'] : null;
  if (typeof secret === 'string') return secret;
  throw new Error('this device has no secret of its own: its units claim theirs');
}

function checkWords({ dialect, transport = 'tcp' }: Words['fields']): Transport {
  if (dialect !== undefined && dialect !== 'auto' && !isDialect(dialect))
    throw new Usage(`--dialect is auto, ${Object.keys(DIALECTS).join(', ')}`);
  if (isTransport(transport)) return transport;
  throw new Usage(`--transport is ${Object.keys(TRANSPORTS).join(', ')}`);
}

const textOr = <T>(given: unknown, other: T): string | T =>
  typeof given === 'string' ? given : other;

/** What an MQTT client needs to log in as the device that the words name, and where. */
export async function loginOf(words: Words, context: Context): Promise<DeviceLogin> {
  const { fields } = words;
  const transport = checkWords(fields);
  const deviceId = encodeURIComponent(await deviceIdOf(words.positionals[0] ?? '', context));
  const device = (await context.api.get(`/devices/${deviceId}`)).body as DeviceNames;
  const dialect = await chooseDialect(fields['dialect'], context, device);
  const { login, doors } = DIALECTS[dialect];
  const { listener, usual } = doors[transport];
  const { isEncrypted } = TRANSPORTS[transport];
  const made = login(device, await newestSecret(context, deviceId), isEncrypted, new Date());
  const port = Number(fields['port'] ?? context.ports[listener] ?? usual);
  return {
    host: textOr(fields['host'], context.deviceHost),
    ...{ port, device, dialect, transport },
    caFile: textOr(fields['caFile'], context.rootFile),
    ...made,
  };
}

/** IPv6 stands in brackets (RFC 3986, 3.2.2). */
export function urlOf({ transport, host, port }: DeviceLogin): string {
  const { scheme, path } = TRANSPORTS[transport];
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}${path}`;
}

const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** With the tools of mosquitto; they know no WebSocket. */
function mosquitto(login: DeviceLogin): readonly string[] {
  const { host, port, clientId, username, password, transport, caFile } = login;
  if (transport !== 'tcp' && transport !== 'tls') return [];
  const trust = caFile === null ? '--tls-use-os-certs' : `--cafile ${quote(caFile)}`;
  const topic = DIALECTS[login.dialect].usualTopic(login.device);
  return [
    '',
    `mosquitto_pub -h ${host} -p ${port} -i ${quote(clientId)} -u ${quote(username)} -P ${password} -q 1 \\`,
    `  ${transport === 'tls' ? `${trust} ` : ''}-t ${quote(topic)} -m '{"id":"1","params":{}}'`,
  ];
}

/** Prints what to paste into any MQTT client. The secret itself is not printed. */
export const credentials: Command = {
  name: 'credentials',
  help: 'Prints what an MQTT client needs to log in as a device.',
  example: 'credentials thermo/unit-1 --dialect alibaba --transport tls',
  positionals: ['deviceId'],
  fields: LOGIN_FIELDS,
  run: async (words, context) => {
    const login = await loginOf(words, context);
    const { host, port, clientId, username, password, caFile, transport } = login;
    const { isEncrypted } = TRANSPORTS[transport];
    if (words.json)
      context.output.out(JSON.stringify({ host, port, clientId, username, password }));
    else
      context.output.out(
        [
          `url       ${urlOf(login)}`,
          `host      ${host}`,
          `port      ${port}`,
          `clientId  ${clientId}`,
          `username  ${username}`,
          `password  ${password}`,
          ...(isEncrypted ? [`root      ${caFile ?? "the system's certificates"}`] : []),
          ...mosquitto(login),
        ].join('\n'),
      );
    return 0;
  },
};
