import { certificateIn, createCertificate } from '../../clients/certificate.ts';
import { rows, applied } from '../../e2e/harness/api.ts';
import { startPlatform, type Platform } from '../../e2e/harness/platform.ts';
import { until } from '../../stack/processes.ts';
import { startChild } from '../parts/child.ts';
import type { NumberedDevices } from '../parts/devices.ts';
import { registerDevices } from '../parts/devices-over-http.ts';
import type { World } from '../world.ts';
import type { ConnectGenerator } from './connect-load.types.ts';
import { startMosquitto } from './mosquitto-peer.ts';

/** A process that takes CONNECTs. */
export interface Server {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  /** null: it has none here. */
  readonly tlsPort: number | null;
}

export interface Servers {
  readonly platform: Platform;
  readonly gateway: Server;
  readonly aedes: Server;
  /** null: not installed here. */
  readonly mosquitto: Server | null;
}

export const IN_FLIGHT = 64;

async function firstLogins(
  world: World,
  platform: Platform,
  devices: NumberedDevices,
  generator: ConnectGenerator,
): Promise<void> {
  world.say(`first logins of ${devices.count} devices`);
  const load = { port: platform.mqtt(0), tls: false, devices, wrong: false, inFlight: IN_FLIGHT };
  const { codes } = await generator.ask({ ...load, connections: devices.count });
  if (codes['0'] !== devices.count) throw new Error(`first logins: ${JSON.stringify(codes)}`);
  // Each has activated its device: an event, and a record to every view, that must be over before
  // anything is measured.
  const still = `/devices?productKey=${devices.productKey}&status=inactive&limit=1`;
  await until(
    'every device is active',
    300_000,
    async () => rows(await platform.api('GET', still)).length === 0,
  );
  const touch = await platform.api('PATCH', `/products/${devices.productKey}`, { name: 'Bench 2' });
  await applied(platform.api, touch.position);
}

/**
 * The auth-gateway as a process of its own, on real Kafka with a registry on PostgreSQL, beside its
 * peers with the same devices.
 */
export async function startServers(
  world: World,
  devices: NumberedDevices,
  generator: ConnectGenerator,
): Promise<Servers> {
  const { scope, say } = world;
  const { kafkaBrokers, databaseUrl } = await world.stack();
  say('starting the registry and the gateway');
  const folder = scope.folder();
  createCertificate(folder);
  const { certificate, key } = certificateIn(folder);
  const platform = scope.keep(
    await startPlatform({
      ...{ kafkaBrokers, databaseUrl, trackers: 0 },
      settings: {
        TALLYSTICK_LIMIT_REFUSALS_PER_ADDRESS: '10000000',
        TALLYSTICK_TLS_CERT_FILE: certificate,
        TALLYSTICK_TLS_KEY_FILE: key,
      },
    }),
  );
  say(`registering ${devices.count} devices`);
  await registerDevices(scope, platform, devices);
  await firstLogins(world, platform, devices, generator);
  const peer = scope.keep(
    await startChild<NumberedDevices, number>(new URL('aedes-peer.child.ts', import.meta.url)),
  );
  const aedesPort = await peer.ask(devices);
  const mosquitto = await startMosquitto(folder, devices);
  if (mosquitto !== null) scope.keep(mosquitto);
  return {
    platform,
    gateway: {
      name: 'auth-gateway',
      pid: platform.gateways[0]?.pid ?? 0,
      port: platform.mqtt(0),
      tlsPort: platform.gateways[0]?.ports['mqtts'] ?? null,
    },
    aedes: {
      name: 'bare aedes 1.2.0, same HMAC from a Map',
      ...{ pid: peer.pid, port: aedesPort, tlsPort: null },
    },
    mosquitto: mosquitto && {
      name: `Mosquitto, password file of ${devices.count}`,
      ...{ pid: mosquitto.pid, port: mosquitto.port, tlsPort: mosquitto.tlsPort },
    },
  };
}
