import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createApi, type Api } from './api.ts';
import { startApp, type AppProcess } from './app-process.ts';

/** The separate apps together, on a real Kafka and PostgreSQL, with topics and a database of their own. */
export interface Platform {
  readonly folder: string;
  readonly prefix: string;
  readonly databaseUrl: string;
  readonly registries: readonly AppProcess[];
  readonly gateways: readonly AppProcess[];
  readonly trackers: readonly AppProcess[];
  /** Of the first registry. */
  readonly api: Api;
  apiOf(registry: AppProcess): Api;
  /** The MQTT port of a gateway. */
  mqtt(gateway: number): number;
  /** The name of a topic, prefix and all. */
  topic(name: string): string;
  stop(): Promise<void>;
}

export interface PlatformOptions {
  readonly kafkaBrokers: string;
  readonly databaseUrl: string;
  readonly registries?: number;
  readonly gateways?: number;
  readonly trackers?: number;
  /** Settings of all apps. */
  readonly settings?: Readonly<Record<string, string>>;
}

async function createDatabase(adminUrl: string): Promise<string> {
  const name = `e2e_${randomBytes(6).toString('hex')}`;
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  const url = new URL(adminUrl);
  url.pathname = `/${name}`;
  return url.toString();
}

export async function startPlatform(options: PlatformOptions): Promise<Platform> {
  const folder = mkdtempSync(join(tmpdir(), 'tallystick-e2e-'));
  const prefix = `e2e-${randomBytes(4).toString('hex')}.`;
  const databaseUrl = await createDatabase(options.databaseUrl);
  const common = {
    KAFKA_BROKERS: options.kafkaBrokers,
    DATABASE_URL: databaseUrl,
    TALLYSTICK_TOPIC_PREFIX: prefix,
    TALLYSTICK_ADMIN_TOKEN: 'e2e-admin-token',
    TALLYSTICK_INTERNAL_TOKEN: 'e2e-internal-token',
    TALLYSTICK_KEY_RING_FILE: join(folder, 'key-ring.json'),
    TALLYSTICK_GATEWAY_KEYS_FILE: join(folder, 'gateway-keys.json'),
    ...options.settings,
  };
  const start = (
    name: Parameters<typeof startApp>[0],
    index: number,
    settings = {},
  ): Promise<AppProcess> =>
    startApp(name, join(folder, `${name}-${index}`), { ...common, ...settings });
  const apps: AppProcess[] = [];
  const several = async (
    name: Parameters<typeof startApp>[0],
    count: number,
    settings: (index: number) => object = () => ({}),
  ) => {
    const started = await Promise.all(
      Array.from({ length: count }, (_, index) => start(name, index, settings(index))),
    );
    apps.push(...started);
    return started;
  };
  const stopAll = async (): Promise<void> => {
    await Promise.all(apps.map((app) => app.stop()));
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const [first] = await several('registry', 1);
    const others = (options.registries ?? 1) - 1;
    const registries = [
      ...(first === undefined ? [] : [first]),
      ...(await Promise.all(
        Array.from({ length: others }, (_, index) => start('registry', index + 1)),
      )),
    ];
    apps.push(...registries.slice(1));
    const registryUrl = registries
      .map((app) => `http://127.0.0.1:${app.ports['internal'] ?? 0}`)
      .join(',');
    const [gateways, trackers] = await Promise.all([
      several('auth-gateway', options.gateways ?? 1, (index) => ({
        TALLYSTICK_GATEWAY_ID: `gateway-${index}`,
        TALLYSTICK_REGISTRY_URL: registryUrl,
      })),
      several('session-tracker', options.trackers ?? 1),
    ]);
    const apiOf = (registry: AppProcess): Api =>
      createApi(registry.url, common.TALLYSTICK_ADMIN_TOKEN);
    return {
      folder,
      prefix,
      databaseUrl,
      registries,
      gateways,
      trackers,
      api: (...call) => {
        const [registry] = registries;
        if (registry === undefined) throw new Error('no registry was started');
        return apiOf(registry)(...call);
      },
      apiOf,
      mqtt: (gateway) => gateways[gateway]?.ports['mqtt'] ?? 0,
      topic: (name) => `${prefix}${name}`,
      stop: stopAll,
    };
  } catch (error) {
    await stopAll();
    throw error;
  }
}
