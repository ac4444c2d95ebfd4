import { readFileSync } from 'node:fs';
import type { IClientOptions, MqttClient } from 'mqtt';
import { Unreachable, Untrusted } from './failures.ts';
import type { Command, Context } from './command.types.ts';
import { LOGIN_FIELDS, loginOf, urlOf, type DeviceLogin } from './credentials.ts';
import { Usage } from './flags.ts';
import { DIALECTS, TRANSPORTS } from './logins.ts';

/** CONNACK return codes of MQTT 3.1.1, section 3.2.2.3. */
const REFUSED: ReadonlyMap<number, string> = new Map([
  [1, 'the protocol version is refused'],
  [2, 'the ClientId is refused'],
  [3, 'not now: try again in a moment'],
  [4, 'the secret is wrong, or nobody of this name is known'],
  [5, 'not allowed: disabled, closed, or not registered for this'],
]);

function refusalOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return REFUSED.get(Number(error.code)) ?? null;
}

/** Codes of what TLS finds wrong with a certificate (OpenSSL's names, and Node's own one). */
const CERTIFICATE = /CERT|VERIFY|ISSUER|ALTNAME/;

function notReached(url: string, error: Error): Unreachable {
  const code = 'code' in error ? String(error.code) : '';
  return CERTIFICATE.test(code) ? new Untrusted(url, error) : new Unreachable(url, error);
}

/**
 * A line is a payload for the usual topic, or a topic of the device's own and a payload behind a
 * blank.
 */
export function messageOf(line: string, usualTopic: string): { topic: string; payload: string } {
  if (!/^[/$]/.test(line)) return { topic: usualTopic, payload: line };
  const blank = line.indexOf(' ');
  return blank < 0
    ? { topic: line, payload: '' }
    : { topic: line.slice(0, blank), payload: line.slice(blank + 1) };
}

async function publishLines(client: MqttClient, topic: string, context: Context): Promise<void> {
  for await (const line of context.lines) {
    if (context.signal.aborted) return;
    if (line === '') continue;
    const message = messageOf(line, topic);
    await client
      .publishAsync(message.topic, message.payload, { qos: 1 })
      .then(() => context.output.err(`sent to ${message.topic}`))
      .catch((error: unknown) => context.output.err(`not sent: ${String(error)}`));
  }
}

/**
 * Begins once it is online; resolves with the exit code once Ctrl-C, or a refusal, has ended it.
 */
async function stayOnline(
  client: MqttClient,
  url: string,
  context: Context,
  begin: () => Promise<void>,
): Promise<number> {
  const { output, signal } = context;
  const ended = Promise.withResolvers<number>();
  client.once('connect', () => void begin().catch(ended.reject));
  signal.addEventListener('abort', () => ended.resolve(0), { once: true });
  client.on('error', (error) => {
    const why = refusalOf(error);
    if (why === null) return ended.reject(notReached(url, error));
    output.err(`refused: ${why} (tallystick devices explain tells the reason)`);
    ended.resolve(1);
  });
  client.on('close', () => {
    // A refusal has said why; else the gateway has closed it, or is gone.
    ended.resolve(1);
    if (client.connected || signal.aborted) return;
    output.err('the connection has ended (tallystick devices explain tells why)');
  });
  client.on('message', (topic, payload) => output.out(`${topic} ${payload.toString()}`));
  try {
    return await ended.promise;
  } finally {
    await client.endAsync(true).catch(() => undefined);
  }
}

/** Whom it trusts over TLS: the platform's own root is known to no system. */
function trustOf({ transport, caFile }: DeviceLogin): IClientOptions {
  if (!TRANSPORTS[transport].isEncrypted || caFile === null) return {};
  try {
    return { ca: readFileSync(caFile) };
  } catch {
    throw new Usage(`${caFile} cannot be read: --ca-file names the root that is to be trusted`);
  }
}

/** Logs in as a device and stays: a first device without a tool of its own. */
export const connect: Command = {
  name: 'connect',
  help: 'Logs in as a device and stays online: publishes what is typed, shows what arrives.',
  example: 'connect thermo/unit-1',
  positionals: ['deviceId'],
  fields: LOGIN_FIELDS,
  run: async (words, context) => {
    const login = await loginOf(words, context);
    const { clientId, username, password, device } = login;
    const { usualTopic, filters } = DIALECTS[login.dialect];
    const topic = usualTopic(device);
    const { default: mqtt } = await import('mqtt');
    // The log-in serves one CONNECT. After a takeover it must not connect again, or it would take
    // over the newer session.
    const options: IClientOptions = {
      ...{ clientId, username, password, protocolVersion: 4, keepalive: 60 },
      ...{ reconnectPeriod: 0, connectTimeout: 10_000, ...trustOf(login) },
    };
    const url = urlOf(login);
    const client = mqtt.connect(url, options);
    const begin = async (): Promise<void> => {
      await client.subscribeAsync([...filters(device)]);
      context.output.err(
        `online as ${device.productKey}/${device.deviceKey}. What is typed goes to ${topic} (or begin with a topic of its own: ${topic.slice(0, 1)}…); Ctrl-C ends it.`,
      );
      await publishLines(client, topic, context);
    };
    return stayOnline(client, url, context, begin);
  },
};
